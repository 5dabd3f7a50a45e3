# intent: PostGIS for customer journeys
#
#   make && make install && make installcheck
#
# scripts/demo and scripts/check do all of this by themselves, on a private server.

EXTENSION = intent
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(srcdir)/intent.control)
MODULE_big = intent

# VPATH builds name the sources' folder themselves; here it is this one.
ifndef srcdir
srcdir = $(if $(VPATH),$(VPATH),$(dir $(lastword $(MAKEFILE_LIST))))
endif

# Rooms from the ground up: a room uses only rooms before it.
ROOMS = base journey identity pattern sequence score measure experiment decide graph store bi

SOURCES = $(foreach room,$(ROOMS),$(sort $(wildcard $(srcdir)/src/$(room)/*.c)))
OBJS = $(patsubst $(srcdir)/%.c,%.o,$(SOURCES))
# Of each room first what the others rest on, ROOM.sql, then its concepts.
SQL = $(foreach room,$(ROOMS),$(wildcard $(srcdir)/src/$(room)/$(room).sql) \
	$(sort $(filter-out %/$(room).sql,$(wildcard $(srcdir)/src/$(room)/*.sql))))

DATA = $(wildcard $(srcdir)/sql/released/intent--*.sql)
DATA_built = intent--$(EXTVERSION).sql

REGRESS = $(sort $(basename $(notdir $(wildcard $(srcdir)/sql/*.sql))))
REGRESS_OPTS = --inputdir=$(srcdir) --load-extension=intent

# Symbols stay inside; the same floating point on every machine (docs/design.md, evidence).
PG_CPPFLAGS = -I$(srcdir)/src
PG_CFLAGS = -std=gnu11 -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers \
	-fvisibility=hidden '-DPGDLLEXPORT=__attribute__((visibility("default")))' \
	-ffp-contract=off -MMD -MP

# Outside of the sources the objects' folders are not there yet.
ifneq ($(abspath $(srcdir)),$(CURDIR))
$(shell mkdir -p $(sort $(dir $(OBJS))))
endif

EXTRA_CLEAN = $(OBJS:.o=.d) $(OBJS:.o=.bc) intent--*.sql

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# Debian's PGXS tracks no headers, and an object of an older struct layout crashes.
-include $(OBJS:.o=.d)

intent--$(EXTVERSION).sql: $(SQL) $(srcdir)/intent.control
	@printf '%s\n' '\echo Use "CREATE EXTENSION intent" to load this file. \quit' > $@.tmp
	cat $(SQL) >> $@.tmp
	mv $@.tmp $@
