"""What products are called: by people, in the CPE dictionary, in package registries."""
