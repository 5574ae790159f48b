/** What to do about what a server, the network or TLS says, in words. The first pattern that fits counts. */
const REMEDIES: readonly (readonly [said: RegExp, remedy: string])[] = [
  [/^(?:WRONGPASS|NOAUTH|ERR AUTH|ERR invalid password)/, 'check the user and the password in its URL'],
  [
    /^NOPERM|ACL failure in script|executing the script can't/,
    'allow its user the commands, keys and channels that docs/redis.md lists',
  ],
  [/^ERR unknown command/, 'let the server have that command under its own name; docs/redis.md lists what is needed'],
  [
    /DB index is out of range|invalid DB index/,
    'use a database that the server has (its setting databases), or tell applications apart by ?namespace=',
  ],
  [
    /^MOVED|^CROSSSLOT|SELECT is not allowed in cluster mode|Redis Cluster/,
    'use redis+cluster://host:port, with any nodes of the cluster',
  ],
  [
    /cluster support disabled|it is a single server/,
    'use redis://host:port/0: it is a server of its own, and no node of a cluster',
  ],
  [/Redis Sentinel/, 'use redis+sentinel://host:port/0?name=main, with the name that it has for the master'],
  [/Sentinel .*(?:WRONGPASS|NOAUTH|AUTH)/, 'check sentinelUsername and sentinelPassword in its URL'],
  [/Sentinel .*NOPERM/, 'allow the user of the Sentinels the commands that docs/redis.md lists'],
  [/knows no master/, 'check ?name= in its URL: it is the name that the Sentinels have for the master'],
  [/Sentinel .*without TLS/, 'use redis+sentinel:// if the Sentinels, and the servers that they watch, have no TLS'],
  [/Sentinel .*unknown command/, 'use redis:// for a server of data: its hosts are no Sentinels'],
  [/^READONLY/, 'it is a replica: use the URL of its master, or of its Sentinels (redis+sentinel://)'],
  [/^DENIED/, 'set a password, or protected-mode no where only trusted programs reach the server'],
  [/^ERR max number of clients/, 'raise maxclients of the server, or let fewer processes connect to it'],
  [/^NOREPLICAS/, 'it waits for its replicas (min-replicas-to-write): start them'],
  [/no TLS handshake/, 'use redis:// if the server has no TLS at that port'],
  [
    /does not speak TLS/,
    'check that a Redis server listens at that port; if it has no TLS there, its URL begins with redis',
  ],
  [
    /it speaks TLS/,
    'begin its URL with rediss: rediss://, rediss+sentinel:// or rediss+cluster://; storeOptions.tls has a certificate of yours, if it wants one',
  ],
  [
    /does not speak Redis|Protocol error/,
    'check that a Redis server listens at that port; with TLS it needs rediss://',
  ],
  [
    /PEM routines|key values mismatch/,
    'check storeOptions.tls: ca, cert and key are texts in PEM, and the key is that of cert',
  ],
  [
    /certificate|altnames/i,
    'let Node trust the certificate of the server (NODE_EXTRA_CA_CERTS), and use its name in the URL',
  ],
  [/ENOENT|EACCES/, 'check the path of the socket (unixsocket), and that this user may write to it (unixsocketperm)'],
  [/no Sentinel leads/, 'check that Sentinels listen at its hosts and ports'],
]

/** What to do about an error of the server at an address; null where its words do not say. */
export function remedyFor(error: Error, address: string): string | null {
  const [, host = 'host:port'] = /^[^:]*:\/\/([^/?,]+)(?:[/?]|$)/.exec(address) ?? []
  return REMEDIES.find(([said]) => said.test(error.message))?.[1].replace('host:port', host) ?? null
}
