"""JP1/AJS3 - Web Console: its REST API, scheduler service, execution agents and JP1 permissions."""
