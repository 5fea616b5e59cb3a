"""A simulated Huawei Cloud Data Replication Service (DRS), with the IAM that logs its users in."""
