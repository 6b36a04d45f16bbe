#!/usr/bin/env bash
# Makes the secrets of compose.yaml, each in a file of its own; leaves alone what is there. The folder is yours only. The
# files in it can be read by everybody, because a container gets them as they are, and reads them as another account.
set -euo pipefail
cd "$(dirname "$0")"

umask 022
mkdir -p secrets
chmod 700 secrets

# $1: the file's name; standard input: its content.
keep() { if [ -e "secrets/$1" ]; then cat >/dev/null; else cat >"secrets/$1"; fi; }

openssl rand -hex 24 | keep postgres-password
openssl rand -base64 32 | keep encryption-key
echo "postgresql://mcp:$(cat secrets/postgres-password)@postgres:5432/mcp" | keep database-url

# "mcp_", 26 random characters, and the CRC-32 of those in base 62: see docs/api-keys.md.
python3 - <<'PYTHON' | keep bootstrap-api-key
import secrets, string, zlib
digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
text = ''.join(secrets.choice(digits) for _ in range(26))
rest, check = zlib.crc32(text.encode()), ''
for _ in range(6):
    rest, digit = divmod(rest, 62)
    check = digits[digit] + check
print(f'mcp_{text}{check}')
PYTHON
