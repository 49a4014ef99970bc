"""What several scanners share: parameters, bounded concurrency, reading hostile text, technologies."""
