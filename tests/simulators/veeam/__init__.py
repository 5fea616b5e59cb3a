"""A simulated Veeam Backup Enterprise Manager and the backup servers behind it."""
