"""The built-in scanners, one file each; docs/writing-a-capability.md tells how to add one."""
