"""The files that take longest begin first, so that no worker is left alone with one at the end."""
LONG = ["documents", "durability", "manager", "lab", "delivery", "feedback", "demo", "hostile", "handshakes", "time", "secure_only",
        "phonebook"]


def pytest_collection_modifyitems(items):
    rank = {f"test_{name}": i for i, name in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(item.module.__name__, len(LONG)))
