"""A store as plain lists and dicts: what each call of the API must leave behind, said again without any graph."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Version:
    """One artifact: its content, and whether it is hidden."""

    uid: str
    key: str | None
    content: str
    deleted: bool = False
    producers: list[str] = field(default_factory=list)


@dataclass
class Run:
    """A run, what it read and made, and the runs that had made what it read when it did."""

    transform: str
    status: str = "running"
    inputs: set[str] = field(default_factory=set)
    outputs: set[str] = field(default_factory=set)
    before: set[str] = field(default_factory=set)


class Model:
    """What the graph should hold of one project."""

    def __init__(self) -> None:
        """Begin empty."""
        self.versions: dict[str, list[Version]] = {}
        """The artifacts of each key, the oldest first."""
        self.latest: dict[str, Version] = {}
        self.bare: list[Version] = []
        """The artifacts without a key."""
        self.saved: list[Version] = []
        """All, in the order in which they were made."""
        self.runs: dict[str, Run] = {}
        self.run: str | None = None
        self.transforms: set[str] = set()
        """All that were tracked."""
        self.collections: dict[str, list[set[str]]] = {}
        """The members of each version of each collection."""
        self.numbers: dict[str, int] = {}
        """The versions that each key has had, those too that were removed."""
        self.in_place: dict[str, str] = {}
        """What the files hold that were registered where they lie, by key."""

    def track(self, uid: str, transform: str) -> None:
        """Start a run; the one before is complete."""
        self.finish()
        self.runs[uid] = Run(transform)
        self.transforms.add(transform)
        self.run = uid

    def finish(self) -> None:
        """End the run that is on."""
        if self.run:
            self.runs[self.run].status = "completed"
        self.run = None

    def save(self, uid: str, key: str | None, content: str) -> Version:
        """Save what the run that is on made."""
        known = self._registered(uid, key, content)
        if self.run and known.uid not in self.runs[self.run].inputs:
            self.runs[self.run].outputs.add(known.uid)
            if self.run not in known.producers:
                known.producers.append(self.run)
        return known

    def use(self, uid: str, key: str, content: str) -> Version:
        """Register what no run made, where it lies, and let the run that is on read it."""
        self.in_place[key] = content
        known = self._registered(uid, key, content)
        self.read(known)
        return known

    def _registered(self, uid: str, key: str | None, content: str) -> Version:
        """Give what is known, brought back when it was hidden, or a new version under `uid`."""
        known = self.latest.get(key) if key else self._of_content(content)
        if known is None or known.content != content:
            known = Version(uid, key, content)
            self.saved.append(known)
            if key:
                self.versions.setdefault(key, []).append(known)
                self.numbers[key] = self.numbers.get(key, 0) + 1
                self.latest[key] = known
            else:
                self.bare.append(known)
        known.deleted = False
        return known

    def _of_content(self, content: str) -> Version | None:
        """Give the artifact without a key, else of latest versions the last, else an older one, else the hidden one."""
        same = [each for each in self.saved if each.content == content]
        there = [each for each in same if not each.deleted]
        latest = [each for each in there if each.key and self.latest[each.key] is each]
        bare = [each for each in same if each.key is None]
        return next(iter([each for each in there if each.key is None] or latest[-1:] or there[-1:] or bare), None)

    def read(self, version: Version) -> None:
        """Let the run that is on read an artifact: it follows all who have made it so far."""
        if self.run is None or version.uid in self.runs[self.run].outputs:
            return
        run = self.runs[self.run]
        if version.uid not in run.inputs:
            run.inputs.add(version.uid)
            run.before |= set(version.producers) - {self.run}

    def delete(self, version: Version) -> None:
        """Hide an artifact; of a latest version, the last one that is not hidden takes the place."""
        version.deleted = True
        if version.key and self.latest[version.key] is version:
            others = [each for each in self.versions[version.key] if not each.deleted]
            self.latest[version.key] = others[-1] if others else version

    def has_bytes(self, version: Version) -> bool:
        """Say whether an artifact can be read: the file of one that was registered in place may hold something else."""
        return self.in_place.get(version.key or "", version.content) == version.content

    def is_needed(self, version: Version) -> bool:
        """Say whether a run has read an artifact, or a collection holds it."""
        read = any(version.uid in run.inputs for run in self.runs.values())
        return read or any(version.uid in members for held in self.collections.values() for members in held)

    def remove(self, version: Version) -> None:
        """Take an artifact out for good; of a latest version, the last one takes the place, best one not hidden."""
        self.saved.remove(version)
        for run in self.runs.values():
            run.outputs.discard(version.uid)
        if version.key is None:
            self.bare.remove(version)
            return
        others = self.versions[version.key]
        others.remove(version)
        if not others:
            del self.versions[version.key], self.latest[version.key], self.numbers[version.key]
        elif self.latest[version.key] is version:
            self.latest[version.key] = max(others, key=lambda each: (not each.deleted, each.uid))

    def left(self) -> list[str]:
        """The runs that are not on."""
        return [uid for uid in self.runs if uid != self.run]

    def remove_run(self, uid: str) -> None:
        """Take a run that made nothing out for good; none follows it."""
        del self.runs[uid]

    def followed(self) -> set[tuple[str, str]]:
        """Each transform with those of which a run made what one of its own had read."""
        pairs = {(run.transform, self.runs[each].transform) for run in self.runs.values() for each in run.before}
        return {(transform, before) for transform, before in pairs if transform != before}

    def collect(self, name: str, members: set[str]) -> int:
        """Save a collection, and give the number of its version."""
        known = self.collections.setdefault(name, [])
        if not known or known[-1] != members:
            known.append(members)
        return len(known) - 1

    def visible(self) -> list[Version]:
        """The artifacts that are not hidden."""
        return [each for each in self.saved if not each.deleted]
