"""The bill of materials of the program for one system, as CycloneDX 1.5: `bill.py SYSTEM`, in the project's folder.

Of each crate that is compiled into it: name, version, licence, checksum, and what it needs. Nothing of this machine and no time, so that
two bills of one commit are equal.
"""

import json
import re
import subprocess
import sys
import tomllib

system = sys.argv[1]


def cargo(*words):
    return subprocess.run(["cargo", *words], check=True, capture_output=True, text=True).stdout


metadata = json.loads(cargo("metadata", "--locked", "--format-version", "1", "--filter-platform", system))
packages = {package["id"]: package for package in metadata["packages"]}
nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
program = metadata["resolve"]["root"]
with open("Cargo.lock", "rb") as file:
    checksums = {(it["name"], it["version"]): it.get("checksum") for it in tomllib.load(file)["package"]}

# The metadata also hold what only tests switch on; the tree does not.
tree = cargo("tree", "--locked", "--edges", "normal", "--target", system, "--prefix", "none", "--format", "{p}")
compiled = {tuple(line.split()[:2]) for line in tree.splitlines()}
crates = {id for id, package in packages.items() if (package["name"], "v" + package["version"]) in compiled}


def needs(id):
    """What it is compiled with: neither its build script's nor its tests' needs."""
    needed = (dep for dep in nodes[id]["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"]))
    return sorted(dep["pkg"] for dep in needed if dep["pkg"] in crates)


def name(id):
    return f"pkg:cargo/{packages[id]['name']}@{packages[id]['version']}"


def component(id, kind):
    package = packages[id]
    checksum = checksums[package["name"], package["version"]]
    return {
        "type": kind,
        "bom-ref": name(id),
        "name": package["name"],
        "version": package["version"],
        **({"hashes": [{"alg": "SHA-256", "content": checksum}]} if checksum else {}),
        **({"licenses": [{"expression": re.sub(r"\s*/\s*", " OR ", package["license"])}]} if package["license"] else {}),
        "purl": name(id),
    }


bill = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "version": 1,
    "metadata": {"component": component(program, "application"), "properties": [{"name": "target", "value": system}]},
    "components": [component(id, "library") for id in sorted(crates - {program}, key=name)],
    "dependencies": [{"ref": name(id), "dependsOn": [name(it) for it in needs(id)]} for id in sorted(crates, key=name)],
}
json.dump(bill, sys.stdout, indent=1)
print()
