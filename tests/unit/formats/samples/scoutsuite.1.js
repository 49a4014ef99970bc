scoutsuite_results =
{
 "account_id": "111122223333",
 "last_run": {
  "time": "2026-03-01 10:00:00+0100"
 },
 "provider_code": "aws",
 "provider_name": "Amazon Web Services",
 "services": {
  "s3": {
   "buckets": {},
   "findings": {
    "s3-no-log": {
     "checked_items": 3,
     "flagged_items": 2,
     "description": "No log",
     "level": "danger",
     "id_suffix": "log",
     "items": [
      "s3.buckets.a.log",
      "s3.buckets.b.log"
     ],
     "rationale": "Because.",
     "references": [
      "https://docs.example.com"
     ],
     "compliance": [
      {
       "name": "CIS",
       "version": "1",
       "reference": "2.1"
      }
     ],
     "remediation": null,
     "service": "S3"
    },
    "s3-fine": {
     "checked_items": 3,
     "flagged_items": 0,
     "items": [],
     "level": "warning"
    }
   }
  }
 }
}
