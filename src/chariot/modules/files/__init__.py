"""Files that are kept for an organisation: uploads, reports, proofs."""
