"""Third parties that know something of our targets, one file each; off until the settings name them."""
