# OpenStack Swift, whole: proxy with s3api, account, container and object server, each a process with its own socket, as in earnest.
# Usage: swift-server.py <empty folder> <access key> <secret key> <domain>; prints the port of the proxy when it answers.
# Ends when its standard input ends, so that it never outlives who started it.
import json
import os
import sys
from time import time as now

# The system's own libraries, whatever Python someone has put before them.
sys.path.insert(0, "/usr/lib/python3/dist-packages")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from eventlet import wsgi  # noqa: E402
from eventlet.green import os as green  # noqa: E402
from eventlet.green import socket  # noqa: E402

SWIFT_CONF = """
[swift-hash]
swift_hash_path_suffix = only-for-tests
[storage-policy:0]
name = one
default = yes
"""

# s3api verifies signatures, tempauth knows the keys, slo puts parts together, copy copies within the server.
PROXY_CONF = """
[DEFAULT]
{common}
[pipeline:main]
pipeline = catch_errors gatekeeper s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
object_chunk_size = 1048576
client_chunk_size = 1048576
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
storage_domain = {domain}
max_upload_part_num = 10000
[filter:tempauth]
use = egg:swift#tempauth
user_{account}_{user} = {secret} .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""

STORAGE_CONF = """
[DEFAULT]
{common}
devices = {folder}/devices
mount_check = false
disable_fallocate = true
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
network_chunk_size = 1048576
disk_chunk_size = 1048576
"""


class Memory:
    """What Swift asks of memcached."""

    def __init__(self):
        self.values = {}

    def get(self, key, **_):
        until, value = self.values.get(key, (0, "null"))
        return json.loads(value) if until > now() else None

    def set(self, key, value, time=0, **_):
        self.values[key] = (now() + (time or 3600), json.dumps(value))

    def delete(self, key, **_):
        self.values.pop(key, None)


def remembering(app):
    memory = Memory()

    def remember(environ, start_response):
        environ["swift.cache"] = memory
        return app(environ, start_response)

    return remember


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def listening():
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", 0))
    bound.listen(512)
    return bound


def main(folder, access_key, secret, domain):
    account, user = access_key.split(":")
    os.makedirs(os.path.join(folder, "devices", "one"))
    write(os.path.join(folder, "swift.conf"), SWIFT_CONF)
    from swift.common import utils

    utils.set_swift_dir(folder)
    from swift.common.http_protocol import SwiftHttpProtocol
    from swift.common.ring import RingBuilder
    from swift.common.wsgi import loadapp

    common = "swift_dir = %s\nlog_level = ERROR\nlog_address = /dev/null\n" % folder
    kinds = ["account", "container", "object"]
    sockets = {kind: listening() for kind in kinds}
    apps = {}
    for kind in kinds:
        rings = RingBuilder(part_power=4, replicas=1, min_part_hours=0)
        port = sockets[kind].getsockname()[1]
        rings.add_dev(
            {"id": 0, "region": 1, "zone": 1, "weight": 1.0, "ip": "127.0.0.1", "port": port, "device": "one"}
        )
        rings.rebalance()
        rings.get_ring().save(os.path.join(folder, kind + ".ring.gz"))
        path = os.path.join(folder, kind + "-server.conf")
        write(path, STORAGE_CONF.format(kind=kind, folder=folder, common=common))
        apps[kind] = loadapp(path)
    path = os.path.join(folder, "proxy-server.conf")
    write(path, PROXY_CONF.format(account=account, user=user, secret=secret, domain=domain, common=common))
    sockets["proxy"] = listening()
    apps["proxy"] = remembering(loadapp(path))

    port = sockets["proxy"].getsockname()[1]
    for name in kinds:
        if os.fork() == 0:
            serve(sockets[name], apps[name], SwiftHttpProtocol)
    print(port, flush=True)
    serve(sockets["proxy"], apps["proxy"], SwiftHttpProtocol)


def serve(bound, app, protocol):
    """Until standard input ends, which all of them have from who started them."""
    eventlet.hubs.use_hub()  # What waits for events before a fork is shared by both sides of it.
    eventlet.spawn(wsgi.server, bound, app, open(os.devnull, "w"), protocol=protocol, log_output=False)
    eventlet.hubs.trampoline(0, read=True)
    while green.read(0, 1):
        pass
    os._exit(0)


main(*sys.argv[1:])
