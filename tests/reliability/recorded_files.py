"""The files of a folder, rebuilt from the changes that the preloaded library recorded (INTERTWINER_RECORD).

A change is first in memory. fsync() of a file makes its content durable; fsync() of the folder makes names durable. A
power loss keeps what is durable, and any part of the rest.
"""
import itertools
import random
from collections import namedtuple
from pathlib import Path

Change = namedtuple("Change", "operation a b text data")
BLOCK = 4096


def read_changes(path):
    """The recorded changes in order."""
    record, position, changes = Path(path).read_bytes(), 0, []
    view = memoryview(record)
    while position < len(record):
        end = record.index(b"\n", position)
        operation, a, b, text = record[position:end].decode().split(" ", 3)
        position = end + 1
        data = b""
        if operation == "write":
            data = view[position:position + int(b)]
            position += int(b)
        changes.append(Change(operation, int(a), int(b), text, data))
    return changes


class File:
    """What is durable of a file, and the later pieces (offset, bytes), of which a power loss keeps any."""

    def __init__(self, durable=b""):
        self.durable, self.pending, self.size = durable, [], len(durable)

    def with_pieces(self, pieces):
        content = bytearray(self.durable)
        for offset, data in pieces:
            if data is None:  # truncated
                del content[offset:]
                continue
            content.extend(bytes(max(0, offset - len(content))))
            content[offset:offset + len(data)] = data
        return bytes(content)

    def content(self):
        return self.with_pieces(self.pending) if self.pending else self.durable

    def append(self, data):
        while data:
            size = BLOCK - self.size % BLOCK
            self.pending.append((self.size, data[:size]))
            self.size, data = self.size + len(data[:size]), data[size:]

    def truncate(self, size):
        self.pending.append((size, None))
        self.size = size

    def flush(self):
        self.durable, self.pending = self.content(), []

    def after_power_loss(self):
        """Possible contents: all subsets of few pieces, otherwise those that are likely to be wrong."""
        count, everything = len(self.pending), range(len(self.pending))
        if count == 0:
            return {self.durable}
        if count <= 5:
            subsets = [s for size in range(count + 1) for s in itertools.combinations(everything, size)]
        else:
            subsets = [everything[:0], everything[:count // 2], everything[count // 2:], everything]
            subsets += [[i for i in everything if i != left_out] for left_out in (0, 1, count - 1)]
            subsets += [sorted(random.Random(seed).sample(everything, count // 2)) for seed in range(3)]
        return {self.with_pieces([self.pending[i] for i in subset]) for subset in subsets}


class Folder:
    """The files of one folder while changes are applied to it one by one."""

    def __init__(self, path, files=None):
        self.path = str(path)
        self.names = {name: File(data) for name, data in (files or {}).items()}
        self.durable_names = dict(self.names)
        self.pending = []  # changes of names: (name, file or None for a removal)
        self.open = {}     # descriptor -> File, or None for the folder itself

    def apply(self, change):
        """Returns the name that the change gave to a complete file, if it did."""
        name = change.text[len(self.path) + 1:] if change.text.startswith(self.path + "/") else None
        if change.operation == "open" and change.text == self.path:
            self.open[change.a] = None
        elif change.operation == "open" and name:
            if name not in self.names:
                self._name([(name, File())])
            self.open[change.a] = self.names[name]
        elif change.operation == "close":
            self.open.pop(change.a, None)
        elif change.operation == "write" and change.a in self.open:
            self.open[change.a].append(change.data)
        elif change.operation == "truncate" and change.a in self.open:
            self.open[change.a].truncate(change.b)
        elif change.operation == "fsync" and change.a in self.open:
            self._flush(self.open[change.a])
        elif change.operation == "unlink" and name:
            self._name([(name, None)])
        elif change.operation == "rename" and name:
            self._renamed = name
        elif change.operation == "to" and name:
            self._name([(self._renamed, None), (name, self.names[self._renamed])])
            return name
        return None

    def _name(self, changes):
        """Changes of names that happen together: both names of a rename."""
        self.pending.append(changes)
        self._set(self.names, changes)

    @staticmethod
    def _set(names, changes):
        for name, file in changes:
            if file:
                names[name] = file
            else:
                names.pop(name, None)

    def _flush(self, file):
        if file is None:
            self.durable_names, self.pending = dict(self.names), []
        else:
            file.flush()

    def after_power_loss(self):
        """Every possible set of names, each with its File."""
        for size in range(len(self.pending) + 1):
            for subset in itertools.combinations(self.pending, size):
                names = dict(self.durable_names)
                for changes in subset:
                    self._set(names, changes)
                yield names

    def content(self, name):
        """A file's bytes; none if it does not exist."""
        return self.names[name].content() if name in self.names else b""

    def contents(self):
        return {name: file.content() for name, file in self.names.items()}
