"""From plan to text: safe text types, scopes, Jinja, files."""
