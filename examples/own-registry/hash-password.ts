// Prints the hash of a password for a CSV registry: the password comes on standard input, so that no shell history keeps it.
import { randomBytes, scryptSync } from 'node:crypto';
import { createInterface } from 'node:readline/promises';

const lines = createInterface({ input: process.stdin, output: process.stderr });
const password = (await lines.question('Password: ')).normalize('NFC');
lines.close();
const salt = randomBytes(16);
const hash = scryptSync(password, salt, 32, { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 });
const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
console.log(`"$scrypt$ln=15,r=8,p=3$${text(salt)}$${text(hash)}"`);
