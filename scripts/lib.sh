# lib.sh: what the scripts share. Sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { echo "intent: $*" >&2; }
die() { say "$*"; exit 1; }

# The PostgreSQL to use: PG_MAJOR, else the newest one installed with its headers, else the distribution's own.
find_major() {
	local config major best=
	if [ -n "${PG_MAJOR:-}" ]; then echo "$PG_MAJOR"; return; fi
	for config in /usr/lib/postgresql/*/bin/pg_config; do
		[ -x "$config" ] && [ -x "${config%pg_config}postgres" ] || continue
		[ -e "$("$config" --includedir-server)/postgres.h" ] || continue
		major=${config#/usr/lib/postgresql/}
		major=${major%%/*}
		if [ -z "$best" ] || [ "$major" -gt "$best" ]; then best=$major; fi
	done
	if [ -z "$best" ]; then
		best=$(apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9]\{1,\}\)$/\1/p' | head -n 1)
	fi
	echo "$best"
}

# As the user who may run a server: root may not.  That user may not be able to look into this folder.
as_owner() {
	if [ "$(id -u)" = 0 ]; then
		(cd / && runuser -u postgres -- "$@")
	else
		"$@"
	fi
}
