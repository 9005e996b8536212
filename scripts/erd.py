"""Draw all tables and their references as a Mermaid diagram."""

from app import create_app
from app.core.db import db


def main() -> None:
    create_app()
    print("erDiagram")
    for table in sorted(db.metadata.tables.values(), key=lambda t: t.name):
        print(f"  {table.name} {{")
        for column in table.columns:
            print(f"    {str(column.type).split('(')[0].lower()} {column.name}")
        print("  }")
        for key in sorted(table.foreign_keys, key=lambda k: k.parent.name):
            print(f"  {key.column.table.name} ||--o{{ {table.name} : {key.parent.name}")


if __name__ == "__main__":
    main()
