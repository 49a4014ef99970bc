"""Detection: what the audit log gives reason to look into, and the incidents that come of it."""
