# SPDX-License-Identifier: MIT
# sealpost. `make demo` shows it, `make check` tests it; both install what they miss (see .ci/setup).
#
#   make [all]     programs and library, under build/          SAN=1: with address and undefined-behaviour sanitizers
#   make demo      the main job in a private world on loopback (KEEP=1 leaves it running)
#   make check     lint, unit tests, fuzz seeds, integration with real servers; all under sanitizers
#   make check-all the same, and the tests in tests/slow, which install more packages and take longer
#   make fuzz      every fuzz target for FUZZ_SECONDS (20) each   make bench    ratios against peers
#   make clang     compiles all of it with clang, too
#   make lint      the rules of the tree, and their tests         make docs     writes the generated documents anew
#   make coverage  line coverage by the unit and integration tests
#   make install   to DESTDIR and PREFIX                          make clean

COMPONENTS    := base ctl loop doc schema crypto date x509 certstore trust settings net wire store status service clock delivery provisioning phonebook agent diagnostics command control client cli pki
PROGRAMS := sealpostd sealpost sealpost-pki sealpost-lab

PREFIX  ?= /usr
ifeq ($(origin CC),default)
CC      := gcc
endif
Q       := $(if $(V),,@)
# For the parts of a build that says no -j itself: as many compilers as processors, what each says whole.
JOBS     = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc) -Otarget)
BUILD   ?= build$(if $(SAN),/san)$(if $(COV),/cov)
PKGS    := libcurl openssl libcares libxml-2.0 libpsl libidn2 libevent_core libevent_extra libevent_openssl sqlite3 libedit jansson tinfo
WARN    := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wpointer-arith -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes \
           -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wimplicit-fallthrough \
           $(if $(findstring clang,$(CC)),,-Wno-format-truncation)	# cutting text to its field is what snprintf is for
HARDEN  := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
ifdef SAN
OPTIM   := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else ifdef COV
OPTIM   := -O0 --coverage
else
OPTIM   := -O2 -D_FORTIFY_SOURCE=2
endif
PKG_CPPFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS     := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
CPPFLAGS += -D_GNU_SOURCE -Iinclude $(PKG_CPPFLAGS)
CFLAGS   += -std=c11 -g $(OPTIM) $(HARDEN) $(WARN)
LDFLAGS  += -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(filter -fsanitize=% --coverage,$(OPTIM))
LDLIBS   += $(PKG_LIBS)

SRC := $(foreach r,$(COMPONENTS),$(wildcard src/$(r)/*.c))
LAB_SRC   := $(wildcard src/lab/*.c)
UNIT_SRC  := $(wildcard tests/unit/test_*.c)
FUZZ_SRC  := $(wildcard tests/fuzz/fuzz_*.c)
BENCH_SRC := $(wildcard tests/bench/*.c)
OBJ := $(SRC:%.c=$(BUILD)/%.o)
LAB_OBJ   := $(LAB_SRC:%.c=$(BUILD)/%.o)
UNIT      := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/unit/%)
REPLAY    := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=$(BUILD)/replay/%)
FUZZ      := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=build/fuzz/%)
BENCH     := $(BENCH_SRC:tests/bench/%.c=$(BUILD)/bench/%)
PROGRAM_BIN := $(foreach p,$(PROGRAMS),$(if $(wildcard src/$(p).c),$(BUILD)/$(p)))
LIBRARY   := $(BUILD)/libsealpost.so.0

.PHONY: all demo check check-all clang clang-objects slow fuzz bench lint docs coverage install clean unit replay integration programs tests
.DELETE_ON_ERROR:
.SECONDARY:

all: setup-build
	@$(MAKE) --no-print-directory $(JOBS) programs
programs: $(PROGRAM_BIN) $(LIBRARY)

# --- set-up: installs what is missing, or says what it would need -----------------------------------------------
.PHONY: setup-build setup-check setup-slow setup-bench
setup-build:
	@.ci/setup build
setup-check:
	@.ci/setup check
setup-slow:
	@.ci/setup slow
setup-bench:
	@.ci/setup bench

# --- programs ----------------------------------------------------------------------------------------------------
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo '  cc   $<')
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The trusted date is never before the moment that this source was committed.
SOURCE_DATE_EPOCH ?= $(or $(shell git log -1 --format=%ct 2>/dev/null),0)
$(BUILD)/src/agent/agent.o: CPPFLAGS += -DAGENT_BUILD_UNIX=$(SOURCE_DATE_EPOCH)

# An archive: a test links only the components that it uses.
$(BUILD)/sealpost.a: $(OBJ)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(BUILD)/sealpost-lab: $(LAB_OBJ)
# sshd starts it for everybody who logs in: what needs another library than these does not link.
$(BUILD)/sealpost: LDLIBS = $(shell pkg-config --libs libedit tinfo)
$(PROGRAM_BIN): $(BUILD)/%: $(BUILD)/src/%.o $(BUILD)/sealpost.a
	$(if $(V),,@echo '  link $@')
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(BUILD)/sealpost.a $(LDLIBS)

$(BUILD)/shared/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(filter-out -fPIE,$(CFLAGS)) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<
$(LIBRARY): $(patsubst %.c,$(BUILD)/shared/%.o,$(wildcard src/client/*.c src/ctl/*.c))
	@mkdir -p $(@D)
	$(CC) $(filter-out -pie,$(LDFLAGS)) -shared -Wl,-soname,$(@F) -o $@ $^
	@ln -sf $(@F) $(BUILD)/libsealpost.so

# --- tests -------------------------------------------------------------------------------------------------------
$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/sealpost.a
	@mkdir -p $(@D)
	$(if $(V),,@echo '  link $@')
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(BUILD)/sealpost.a $(LDLIBS) -lcmocka
$(BUILD)/replay/%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c $(BUILD)/sealpost.a
	@mkdir -p $(@D)
	$(if $(V),,@echo '  link $@')
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< tests/fuzz/replay.c $(BUILD)/sealpost.a $(LDLIBS)
$(BUILD)/bench/%: tests/bench/%.c $(BUILD)/sealpost.a
	@mkdir -p $(@D)
	$(if $(V),,@echo '  link $@')
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(BUILD)/sealpost.a $(LDLIBS)
FUZZ_FLAGS := -std=c11 -g -O1 -DPBE_ITERATIONS_MAX=20000 -fsanitize=address,undefined -fno-sanitize-recover=undefined
build/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo '  fuzz $<')
	$(Q)clang $(CPPFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<
build/fuzz/sealpost.a: $(SRC:%.c=build/fuzz/obj/%.o)
	@rm -f $@
	$(Q)ar rcs $@ $^
build/fuzz/%: tests/fuzz/fuzz_%.c build/fuzz/sealpost.a
	$(Q)clang $(CPPFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $< build/fuzz/sealpost.a $(LDLIBS)

# Two at a time, those that take seconds first, so that none is left alone at the end; what each says comes whole.
LONG := mutation https https_many verify pki_verify store_faults beside_openssl store store_crash preflight revocation password
LONG := $(filter $(UNIT),$(LONG:%=$(BUILD)/unit/test_%))
unit: $(UNIT)
	@tests/unit/run $(LONG) $(filter-out $(LONG),$^)
replay: $(REPLAY)
	@for t in $^; do $$t tests/fuzz/seeds/$$(basename $$t) || exit 1; done
$(BUILD)/probe: tests/integration/probe.c $(BUILD)/sealpost.a
	@mkdir -p $(@D)
	$(if $(V),,@echo '  link $@')
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(BUILD)/sealpost.a $(LDLIBS)
# Real servers on a small noisy machine: three files at a time, since half of a test's time is waiting. Nothing is tried twice.
integration: programs $(BUILD)/probe
	BUILD=$(BUILD) /usr/bin/python3 -m pytest -q -rs -n 3 --dist loadfile -p no:cacheprovider tests/integration $(PYTEST)
lint: programs
	BUILD=$(BUILD) /usr/bin/python3 tests/lint/lint.py
	@/usr/bin/python3 -m pytest -q -p no:cacheprovider --confcutdir tests/lint tests/lint/test_lint.py
	@tests/lint/examples

tests: programs $(UNIT) $(REPLAY) $(BUILD)/probe

# A second compiler sees other faults: programs and tests compile with clang and the same warnings. Nothing is linked or run.
CLANG_OBJ := $(patsubst %.c,build/clang/%.o,$(SRC) $(LAB_SRC) $(wildcard src/*.c) $(UNIT_SRC) $(FUZZ_SRC) $(BENCH_SRC) tests/integration/probe.c)
clang:
	@$(MAKE) --no-print-directory $(JOBS) CC=clang BUILD=build/clang OPTIM=-O0 clang-objects
clang-objects: $(CLANG_OBJ)
build/clang/tests/unit/test_verify.o: WARN += -Wno-cast-qual	# OpenSSL's macros cast constants

check: setup-check
	@$(MAKE) --no-print-directory clang
	@$(MAKE) --no-print-directory $(JOBS) SAN=1 programs
	@$(MAKE) --no-print-directory SAN=1 lint
	@$(MAKE) --no-print-directory $(JOBS) SAN=1 tests
	@$(MAKE) --no-print-directory SAN=1 unit replay
	@$(MAKE) --no-print-directory $(JOBS) SAN= BUILD=build programs		# what is measured, is measured without sanitizers
	@$(MAKE) --no-print-directory SAN=1 integration
check-all: check
	@$(MAKE) --no-print-directory SAN=1 slow
# What `make check` has no time or packages for. The tests use the helpers beside the integration tests.
slow: setup-slow programs $(BUILD)/probe
	BUILD=$(BUILD) PYTHONPATH=tests/integration /usr/bin/python3 -m pytest -q -rs -p no:cacheprovider tests/slow $(PYTEST)
fuzz: setup-check
	@$(MAKE) --no-print-directory $(JOBS) $(FUZZ)
	@for t in $(FUZZ); do n=$$(basename $$t); mkdir -p build/corpus/$$n; \
		echo "== $$n"; $$t -max_total_time=$${FUZZ_SECONDS:-20} -timeout=10 -print_final_stats=1 \
		build/corpus/$$n tests/fuzz/seeds/$$n 2>&1 | tail -n 12 || exit 1; done
bench: setup-bench
	@$(MAKE) --no-print-directory $(JOBS) programs $(BENCH)
	BUILD=$(BUILD) tests/bench/run
coverage: setup-check
	@$(MAKE) --no-print-directory $(JOBS) COV=1 tests
	@$(MAKE) --no-print-directory COV=1 unit replay integration
	@tests/lint/coverage $(BUILD)/cov

demo: all
	@BUILD=$(BUILD) tests/integration/demo

# --- documents that are made from the tables ---------------------------------------------------------------------
docs: programs
	$(BUILD)/sealpostd --print-docs settings > docs/settings.md
	$(BUILD)/sealpostd --print-docs commands > docs/commands.md
	$(BUILD)/sealpostd --print-docs man > $(BUILD)/settings.man
	sed -i -e '/^\.\\" settings: begin/,/^\.\\" settings: end/{/^\.\\" settings:/!d}' \
		-e '/^\.\\" settings: begin/r $(BUILD)/settings.man' docs/man/sealpost.conf.5

install: all
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/sbin $(BUILD)/sealpostd
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/bin $(BUILD)/sealpost $(BUILD)/sealpost-pki $(BUILD)/sealpost-lab
	for n in xConfiguration xCommand xStatus xFeedback xGetxml; do ln -sf sealpost $(DESTDIR)$(PREFIX)/bin/$$n; done
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/lib $(LIBRARY)
	ln -sf libsealpost.so.0 $(DESTDIR)$(PREFIX)/lib/libsealpost.so
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/include include/sealpost.h
	test -e $(DESTDIR)/etc/sealpost/sealpost.conf || install -D -m 644 conf/sealpost.conf $(DESTDIR)/etc/sealpost/sealpost.conf	# the administrator's
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|/usr/sbin/|$(PREFIX)/sbin/|' conf/sealpostd.service > $(DESTDIR)$(PREFIX)/lib/systemd/system/sealpostd.service
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/sealpost README.md docs/*.md
	install -D -m 644 conf/sysusers.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/sealpost.conf
	install -D -m 644 conf/tmpfiles.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/sealpost.conf
	install -D -m 644 conf/completion/sealpost.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/sealpost
	for n in xConfiguration xCommand xStatus xFeedback xGetxml; do \
		ln -sf sealpost $(DESTDIR)$(PREFIX)/share/bash-completion/completions/$$n; done
	ln -sf sealpost $(DESTDIR)$(PREFIX)/share/bash-completion/completions/sealpost-pki
	install -D -m 644 conf/completion/_sealpost $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_sealpost
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 docs/man/sealpost.1 docs/man/sealpost-pki.1 docs/man/sealpost-lab.1
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man8 docs/man/sealpostd.8
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man5 docs/man/sealpost.conf.5
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man3 docs/man/libsealpost.3

clean:
	rm -rf build

-include $(shell find $(BUILD) \( -name npm -o -name debian \) -prune -o -name '*.d' -type f -print 2>/dev/null)
