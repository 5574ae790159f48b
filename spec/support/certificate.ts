import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate that signs itself, and its key. */
export interface Certificate {
  /** Path of the certificate. */
  readonly cert: string
  /** Path of its key. */
  readonly key: string
  /** The certificate as PEM: the authority that clients have to trust. */
  readonly ca: string
  dispose(): void
}

/** Makes a certificate. @param name - what it is for, as OpenSSL writes it: `IP:127.0.0.1` or `DNS:redis.internal` */
export function makeCertificate(name = 'IP:127.0.0.1'): Certificate {
  const directory = mkdtempSync(join(tmpdir(), 'pq-tls-'))
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', `subjectAltName=${name}`]
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', [...args, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return {
    cert,
    key,
    ca: readFileSync(cert, 'utf8'),
    dispose() {
      rmSync(directory, { recursive: true })
    },
  }
}

/** Options of a server that speaks TLS only. */
export function tlsOptions({ cert, key }: Certificate, port: number): string[] {
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert]
  return ['--port', '0', '--tls-port', String(port), '--tls-replication', 'yes', '--tls-auth-clients', 'no', ...files]
}
