"""Attack paths: how somebody would come from the internet to what matters, and which few fixes end that."""
