# SPDX-License-Identifier: MIT
# sealpost. `make` builds it, `make demo` shows it, `make check` tests it. `make` needs a compiler, pkg-config and the libraries, and
# installs nothing; the demo and the tests install what they miss on Debian (see .ci/setup).
#
#   make [all]     programs and library, under build/          SAN=1: with address and undefined-behaviour sanitizers
#   make demo      the main job in a private world on loopback (VERBOSE=1 shows all, KEEP=1 leaves it running)
#   make check     lint, unit tests, fuzz seeds, integration with real servers; all under sanitizers
#   make check-all the same, and the tests in tests/slow, which install more packages and take longer
#   make fuzz      every fuzz target for FUZZ_SECONDS (20) each   make bench    ratios against peers
#   make clang     compiles all of it with clang, too             make musl     with musl-gcc and its headers
#   make lint      the rules of the tree, and their tests         make docs     writes the generated documents anew
#   make coverage  line coverage by the unit and integration tests
#   make install   to DESTDIR and PREFIX                          make install-strip  the same without symbols
#   make dist      build/sealpost-VERSION.tar.gz                  make clean
#   make sbom      the bill of materials of the programs, build/sealpost-VERSION.spdx.json (SPDX 2.3)
#   make cross ARCH=arm64   for another processor, with its libraries from Debian under build/sysroot (armhf, too)
#
# What may be set, on the command line or in the environment, stands below; docs/image.md explains it.

COMPONENTS    := base ctl loop doc schema crypto date x509 certstore trust confirm settings net wire store status service device accounts inbound clock logging delivery provisioning phonebook audit agent diagnostics command control client pki
VERSION  := $(shell sed -n 's/.*define VERSION "\(.*\)"/\1/p' include/base/version.h)

# --- the compiler and its companions -------------------------------------------------------------------------------
CROSS_COMPILE ?=
given = $(filter-out default undefined,$(origin $(1)))
ifeq ($(call given,CC),)
CC := $(CROSS_COMPILE)gcc
endif
ifeq ($(call given,AR),)
AR := $(CROSS_COMPILE)ar
endif
STRIP      ?= $(CROSS_COMPILE)strip
READELF    ?= $(CROSS_COMPILE)readelf
OBJCOPY    ?= $(CROSS_COMPILE)objcopy
PKG_CONFIG ?= $(if $(CROSS_COMPILE),$(or $(shell command -v $(CROSS_COMPILE)pkg-config),pkg-config),pkg-config)
# A folder with the other processor's headers and libraries, where the compiler does not know of it itself.
ifdef SYSROOT
TRIPLET    := $(shell $(CC) -dumpmachine)
pkgdirs    := $(SYSROOT)/usr/lib/$(TRIPLET)/pkgconfig:$(SYSROOT)/usr/lib/pkgconfig:$(SYSROOT)/usr/share/pkgconfig
override PKG_CONFIG := PKG_CONFIG_SYSROOT_DIR=$(abspath $(SYSROOT)) PKG_CONFIG_LIBDIR=$(pkgdirs) $(PKG_CONFIG)
SYSROOT_FLAG := --sysroot=$(abspath $(SYSROOT))
endif

# --- where it is installed ------------------------------------------------------------------------------------------
PREFIX     ?= /usr
BINDIR     ?= $(PREFIX)/bin
SBINDIR    ?= $(PREFIX)/sbin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR    ?= $(PREFIX)/share
PYTHONDIR  ?= $(PREFIX)/lib/python3/dist-packages
SYSCONFDIR ?= /etc
INSTALL    ?= install
DOCDIR     := $(DATADIR)/doc/sealpost
SYSTEMDIR  := $(PREFIX)/lib
UNITDIR    ?= $(SYSTEMDIR)/systemd/system

Q       := $(if $(V),,@)
# For the parts of a build that says no -j itself: as many compilers as processors, what each says whole.
JOBS     = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc) -Otarget)
BUILD   ?= build$(if $(SAN),/san)$(if $(COV),/cov)

# --- flags: ours, of which the compiler and the linker are asked one by one whether they know them, and then the builder's --------
known    = $(shell for f in $(1); do $(CC) $(SYSROOT_FLAG) -Werror $$f -x c -S -o /dev/null /dev/null 2>/dev/null && echo "$$f"; done)
linkable = $(shell for f in $(1); do echo 'int main(void) { return 0; }' | \
             $(CC) $(SYSROOT_FLAG) -fPIE $$f -x c -o /dev/null - 2>/dev/null && echo "$$f"; done)
# Cutting text to its field is what snprintf is for.
WARN    := $(call known,-Wall -Wextra -Wpedantic -Wshadow -Wpointer-arith -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes \
             -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wimplicit-fallthrough -Wno-format-truncation) $(if $(WERROR),-Werror)
HARDEN  := -fPIE $(call known,-fstack-protector-strong -fstack-clash-protection -fcf-protection -mbranch-protection=standard)
LINKING := -pie -Wl,-z,relro -Wl,-z,now -Wl,--as-needed
LINK    := $(call linkable,$(LINKING))
ifdef SAN
OPTIM   := -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# A unit test's own code: with sanitizers, to optimise it takes longer than it saves.
TEST_OPTIM := -O0
else ifdef COV
OPTIM   := -g -O0 --coverage
else
CFLAGS  ?= -g -O2
endif
# It needs optimisation, and a builder may have chosen a level of his own.
FORTIFY := $(if $(filter -O -O1 -O2 -O3 -Os,$(CFLAGS)),$(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,-D_FORTIFY_SOURCE=2))
# Two builds in two folders give the same bytes.
PATHS   := $(call known,-ffile-prefix-map=$(CURDIR)=.)

# sealpost-web is made where its libraries are, which nothing else needs; else it is left out, and `make` says so. wslay has no file for
# pkg-config: the compiler is asked.
has_wslay := $(shell $(CC) $(SYSROOT_FLAG) $(PKG_CPPFLAGS) $(CPPFLAGS) -include wslay/wslay.h -E -x c /dev/null >/dev/null 2>&1 && echo yes)
has_web   := $(and $(has_wslay),$(shell $(PKG_CONFIG) --exists libevent_openssl jansson 2>/dev/null && echo yes))
PROGRAMS  ?= sealpostd sealpost sealpost-pki sealpost-lab $(if $(has_web),sealpost-web)
# What one program alone needs is made, and its libraries are asked for, only with that program.
WEB       := $(if $(filter sealpost-web,$(PROGRAMS)),web)
CLI       := $(if $(filter sealpost,$(PROGRAMS)),cli)
PKI       := $(if $(filter sealpost-pki,$(PROGRAMS)),pki)
COMPONENTS += $(CLI) $(WEB)
WEB_LIBS  := $(if $(WEB),$(shell $(PKG_CONFIG) --libs libevent_core libevent_openssl openssl jansson 2>/dev/null) -lwslay)

# The lab alone needs more than libevent's core. Where ncurses is one library, terminfo is in it.
LAB_PKGS  := $(if $(filter sealpost-lab,$(PROGRAMS)),libevent_extra libevent_openssl)
TERMINFO  := $(or $(shell for p in tinfo ncursesw ncurses; do $(PKG_CONFIG) --exists $$p 2>/dev/null && echo $$p && break; done),tinfo)
PKGS      := libcurl openssl libcares libxml-2.0 libpsl libidn2 libevent_core $(LAB_PKGS) $(if $(WEB),libevent_openssl) sqlite3 \
             $(if $(CLI),libedit $(TERMINFO)) $(if $(PKI)$(WEB),jansson)
PKG_CPPFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
PKG_LIBS     := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null)
ALL_CPPFLAGS  = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Iinclude $(PKG_CPPFLAGS) $(CPPFLAGS)
ALL_CFLAGS    = -std=c11 $(SYSROOT_FLAG) $(OPTIM) $(FORTIFY) $(HARDEN) $(PATHS) $(WARN) $(CFLAGS)
ALL_LDFLAGS   = $(SYSROOT_FLAG) $(LINK) $(filter -fsanitize=% --coverage,$(OPTIM)) $(LDFLAGS)
ALL_LDLIBS    = $(PKG_LIBS) $(WEB_LIBS) $(LDLIBS)

# The agent prints certificates as sealpost-pki does.
PKI_ALONE := $(filter-out src/pki/pki_print.c,$(wildcard src/pki/*.c))
SRC := $(filter-out $(if $(PKI),,$(PKI_ALONE)),$(foreach r,$(COMPONENTS),$(sort $(wildcard src/$(r)/*.c))))
LAB_SRC   := $(sort $(wildcard src/lab/*.c))
without_web = $(if $(WEB),$(1),$(filter-out tests/unit/test_web_% tests/fuzz/fuzz_web_%,$(1)))
UNIT_SRC  := $(call without_web,$(wildcard tests/unit/test_*.c))
FUZZ_SRC  := $(call without_web,$(wildcard tests/fuzz/fuzz_*.c))
BENCH_SRC := $(wildcard tests/bench/*.c)
OBJ := $(SRC:%.c=$(BUILD)/%.o)
LAB_OBJ   := $(LAB_SRC:%.c=$(BUILD)/%.o)
UNIT      := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/unit/%)
REPLAY    := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=$(BUILD)/replay/%)
FUZZ      := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=build/fuzz/%)
BENCH     := $(BENCH_SRC:tests/bench/%.c=$(BUILD)/bench/%)
PROGRAM_BIN := $(foreach p,$(PROGRAMS),$(if $(wildcard src/$(p).c),$(BUILD)/$(p)))
LIBRARY   := $(BUILD)/libsealpost.so.0
LIBRARY_STATIC := $(BUILD)/libsealpost.a
LIBRARY_MAN    := $(BUILD)/man3/.made

.PHONY: all demo check check-all clang clang-objects slow fuzz bench lint docs coverage install clean unit replay integration programs tests
.DELETE_ON_ERROR:
.SECONDARY:

all: needs
	@$(MAKE) --no-print-directory $(JOBS) programs
programs: $(PROGRAM_BIN) $(LIBRARY) $(LIBRARY_STATIC) $(LIBRARY_MAN)

# --- what is needed: a build names what is missing and installs nothing, the demo and the tests install it on Debian --------------
.PHONY: needs setup-build setup-check setup-slow setup-bench
needs:
	@CC='$(CC) $(SYSROOT_FLAG)' PKG_CONFIG='$(PKG_CONFIG)' .ci/needs $(PKGS) $(if $(WEB),wslay)
	@$(if $(has_web)$(WEB)$(filter-out file,$(origin PROGRAMS)),true,echo 'sealpost-web is left out: it needs libevent_openssl and wslay (Debian: libevent-dev libwslay-dev)')
setup-build:
	@.ci/setup build
# rsyslog and syslog-ng cannot be installed beside each other.
RSYSLOG := rsyslog rsyslog-gnutls libestr0 libfastjson4 liblognorm5
setup-check:
	@.ci/setup check
	@.ci/unpack build/rsyslog $(RSYSLOG)
setup-slow: setup-check
	@.ci/setup slow
setup-bench:
	@.ci/setup bench

# --- programs ----------------------------------------------------------------------------------------------------
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo '  cc   $<')
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# What a program says of where it comes from, and the moment before which no date is trusted: that of the commit. In what `make dist`
# packs it stands in a file.
RELEASE    := $(shell cat .release 2>/dev/null || { test -e .git && git log -1 --format='%ct %h' 2>/dev/null; })
DATE_FLOOR ?= $(or $(word 1,$(RELEASE)),$(SOURCE_DATE_EPOCH),0)
COMMIT     ?= $(or $(word 2,$(RELEASE)),unknown)
$(BUILD)/release: FORCE
	@mkdir -p $(@D)
	@echo '$(DATE_FLOOR) $(COMMIT) $(SYSCONFDIR)' | cmp -s - $@ || { echo '$(DATE_FLOOR) $(COMMIT) $(SYSCONFDIR)' > $@; \
		test $(DATE_FLOOR) != 0 || echo 'warning: this build has no date before which no time is trusted: it is made neither' \
		'from a checkout nor from a release. Give it one: make DATE_FLOOR=$$(date +%s)' >&2; }
.PHONY: FORCE
PROGRAM_MAIN := $(PROGRAMS:%=$(BUILD)/src/%.o)
$(PROGRAM_MAIN): $(BUILD)/release
$(PROGRAM_MAIN): ALL_CPPFLAGS += -DRELEASE_COMMIT='"$(COMMIT)"' -DRELEASE_MACHINE='"$(shell $(CC) -dumpmachine)"'
$(BUILD)/src/sealpostd.o: ALL_CPPFLAGS += -DRELEASE_DATE_FLOOR=$(DATE_FLOOR) -DSYSCONFDIR='"$(SYSCONFDIR)"'

# An archive: a test links only the components that it uses. It is made anew when other programs are wanted than the last time.
$(BUILD)/objects: FORCE
	@mkdir -p $(@D)
	@echo '$(OBJ)' | cmp -s - $@ || echo '$(OBJ)' > $@
$(BUILD)/sealpost.a: $(BUILD)/objects $(OBJ)
	@rm -f $@
	$(Q)$(AR) rcs $@ $(OBJ)

$(BUILD)/sealpost-lab: $(LAB_OBJ)
# sshd starts it for everybody who logs in: what needs another library than these does not link.
$(BUILD)/sealpost: ALL_LDLIBS = $(shell $(PKG_CONFIG) --libs libedit $(TERMINFO)) $(LDLIBS)
$(BUILD)/sealpost-web: ALL_LDLIBS = $(WEB_LIBS) $(LDLIBS)
$(PROGRAM_BIN): $(BUILD)/%: $(BUILD)/src/%.o $(BUILD)/sealpost.a
	$(if $(V),,@echo '  link $@')
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(BUILD)/sealpost.a $(ALL_LDLIBS)

# The programs' functions that libsealpost calls back may throw C++ exceptions: they pass through its frames.
$(BUILD)/src/client/%.o $(BUILD)/shared/%.o: ALL_CFLAGS += -fexceptions
$(BUILD)/shared/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo '  cc   $< (shared)')
	$(Q)$(CC) $(ALL_CPPFLAGS) $(filter-out -fPIE,$(ALL_CFLAGS)) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<
LIBRARY_OBJ := $(patsubst %.c,$(BUILD)/shared/%.o,$(sort $(wildcard src/client/*.c src/ctl/*.c)))
$(LIBRARY): $(LIBRARY_OBJ) src/client/libsealpost.map
	@mkdir -p $(@D)
	$(if $(V),,@echo '  link $@')
	$(Q)$(CC) $(filter-out -pie,$(ALL_CFLAGS) $(ALL_LDFLAGS)) -shared -Wl,-soname,$(@F) \
		-Wl,--version-script=src/client/libsealpost.map -o $@ $(LIBRARY_OBJ)
	@ln -sf $(@F) $(BUILD)/libsealpost.so
# One object, in which only what the header declares can be seen: nothing of it can collide with a program's names.
$(LIBRARY_STATIC): $(LIBRARY_OBJ)
	$(Q)$(CC) -r -nostdlib -o $(BUILD)/libsealpost.o $^
	$(Q)$(OBJCOPY) --localize-hidden $(BUILD)/libsealpost.o
	@rm -f $@
	$(Q)$(AR) rcs $@ $(BUILD)/libsealpost.o
# A manual page for each function, from the header's comments.
$(LIBRARY_MAN): include/sealpost.h docs/man/man3
	$(Q)docs/man/man3 $(BUILD)/man3
	@touch $@

# --- tests -------------------------------------------------------------------------------------------------------
$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/sealpost.a
	@mkdir -p $(@D)
	$(if $(V),,@echo '  link $@')
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(TEST_OPTIM) -MMD -MP $(ALL_LDFLAGS) -o $@ $< $(BUILD)/sealpost.a $(ALL_LDLIBS) -lcmocka
$(BUILD)/replay/%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c $(BUILD)/sealpost.a
	@mkdir -p $(@D)
	$(if $(V),,@echo '  link $@')
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP $(ALL_LDFLAGS) -o $@ $< tests/fuzz/replay.c $(BUILD)/sealpost.a $(ALL_LDLIBS)
$(BUILD)/bench/%: tests/bench/%.c $(BUILD)/sealpost.a
	@mkdir -p $(@D)
	$(if $(V),,@echo '  link $@')
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP $(ALL_LDFLAGS) -o $@ $< $(BUILD)/sealpost.a $(ALL_LDLIBS)
FUZZ_FLAGS := -std=c11 -g -O1 -DPBE_ITERATIONS_MAX=20000 -fsanitize=address,undefined -fno-sanitize-recover=undefined
build/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo '  fuzz $<')
	$(Q)clang $(ALL_CPPFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<
build/fuzz/sealpost.a: $(SRC:%.c=build/fuzz/obj/%.o)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^
build/fuzz/%: tests/fuzz/fuzz_%.c build/fuzz/sealpost.a
	$(Q)clang $(ALL_CPPFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $< build/fuzz/sealpost.a $(ALL_LDLIBS)

# Two at a time, those that take seconds first, so that none is left alone at the end; what each says comes whole. EMULATOR runs those
# of another processor, but not those that tests/unit/not_emulated lists with its reasons.
LONG := mutation expiry beside_openssl accounts agent anchors https heartbeat verify pki_verify store_faults store store_crash preflight revocation password
LONG := $(filter $(UNIT),$(LONG:%=$(BUILD)/unit/test_%))
NOT_EMULATED := $(if $(EMULATOR),$(patsubst %,$(BUILD)/unit/%,$(shell sed -n 's/^\(test_[a-z0-9_]*\)\t.*/\1/p' tests/unit/not_emulated)))
unit: $(UNIT)
	@EMULATOR='$(EMULATOR)' tests/unit/run $(filter-out $(NOT_EMULATED),$(LONG) $(filter-out $(LONG),$^))
replay: $(REPLAY)
	@for t in $^; do s=tests/fuzz/seeds/$${t##*/}; $$t $$s || { echo "To run what failed alone: $$t $$s"; exit 1; }; done
HELPERS := $(BUILD)/probe $(if $(WEB),$(BUILD)/request_reader)
$(BUILD)/probe $(BUILD)/request_reader: $(BUILD)/%: tests/integration/%.c $(BUILD)/sealpost.a
	@mkdir -p $(@D)
	$(if $(V),,@echo '  link $@')
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP $(ALL_LDFLAGS) -o $@ $< $(BUILD)/sealpost.a $(ALL_LDLIBS)
# Real servers on a small noisy machine: five files at a time, since most of a test's time is waiting. Nothing is tried twice.
integration: programs $(HELPERS)
	BUILD=$(BUILD) /usr/bin/python3 -m pytest -q -n 5 --dist loadfile -p no:cacheprovider tests/integration $(PYTEST)
lint: programs
	BUILD=$(BUILD) /usr/bin/python3 tests/lint/lint.py
	@/usr/bin/python3 -m pytest -q -p no:cacheprovider --confcutdir tests/lint tests/lint
	@tests/lint/examples

tests: programs $(UNIT) $(REPLAY) $(HELPERS)

# A second compiler sees other faults: programs and tests compile with clang and the same warnings. Nothing is linked or run.
CLANG_OBJ := $(patsubst %.c,build/clang/%.o,$(SRC) $(LAB_SRC) $(wildcard src/*.c) $(UNIT_SRC) $(FUZZ_SRC) $(BENCH_SRC) tests/integration/probe.c $(if $(WEB),tests/integration/request_reader.c))
clang:
	@$(MAKE) --no-print-directory $(JOBS) CC=clang BUILD=build/clang CFLAGS=-O0 clang-objects
clang-objects: $(CLANG_OBJ)
build/clang/tests/unit/test_verify.o: WARN += -Wno-cast-qual	# OpenSSL's macros cast constants

# $(call timed,PART,COMMAND): how long each part of `make check` lasted stands at its end.
timed = @from=$$(date +%s); $(2) && printf '%5d s  %s\n' $$(($$(date +%s) - from)) '$(1)' >> build/times
check: setup-check
	@rm -f build/times
	$(call timed,programs with sanitizers,$(MAKE) --no-print-directory $(JOBS) SAN=1 programs)
	$(call timed,lint and the build of the tests,$(MAKE) --no-print-directory $(JOBS) SAN=1 lint tests)
	$(call timed,unit tests and fuzz seeds,$(MAKE) --no-print-directory SAN=1 unit replay)
# What is measured is measured without sanitizers.
	$(call timed,programs,$(MAKE) --no-print-directory $(JOBS) SAN= BUILD=build programs)
# clang compiles in the time in which the integration tests wait.
	$(call timed,integration tests and clang,( nice -n 19 $(MAKE) --no-print-directory clang > build/clang.log 2>&1 & clang=$$!; \
		$(MAKE) --no-print-directory SAN=1 integration; status=$$?; \
		wait $$clang || { grep -v '^  cc ' build/clang.log; status=1; }; exit $$status ))
	@cat build/times
check-all: check
	@$(MAKE) --no-print-directory SAN=1 slow
# What `make check` has no time or packages for. The tests use the helpers beside the integration tests.
slow: setup-slow programs $(HELPERS) $(BUILD)/unit/test_mutation
	BUILD=$(BUILD) PYTHONPATH=tests/integration /usr/bin/python3 -m pytest -q -p no:cacheprovider tests/slow $(PYTEST)
fuzz: setup-check
	@$(MAKE) --no-print-directory $(JOBS) $(FUZZ)
	@for t in $(FUZZ); do n=$$(basename $$t); mkdir -p build/corpus/$$n; \
		echo "== $$n"; $$t -max_total_time=$${FUZZ_SECONDS:-20} -timeout=10 -print_final_stats=1 \
		build/corpus/$$n tests/fuzz/seeds/$$n > build/fuzz/$$n.log 2>&1; status=$$?; \
		tail -n $$(test $$status = 0 && echo 12 || echo 50) build/fuzz/$$n.log; test $$status = 0 || exit 1; done
bench: setup-bench
	@$(MAKE) --no-print-directory $(JOBS) programs $(BENCH)
	BUILD=$(BUILD) tests/bench/run
coverage: setup-check
	@$(MAKE) --no-print-directory $(JOBS) COV=1 tests
	@$(MAKE) --no-print-directory COV=1 unit replay integration
	@tests/lint/coverage $(BUILD)/cov

demo: setup-build
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) tests/integration/demo

# --- documents that are made from the tables ---------------------------------------------------------------------
docs: programs
	$(BUILD)/sealpostd --print-docs settings > docs/settings.md
	$(BUILD)/sealpostd --print-docs commands > docs/commands.md
	$(BUILD)/sealpostd --print-docs man > $(BUILD)/settings.man
	sed -i -e '/^\.\\" settings: begin/,/^\.\\" settings: end/{/^\.\\" settings:/!d}' \
		-e '/^\.\\" settings: begin/r $(BUILD)/settings.man' docs/man/sealpost.conf.5

# --- what is installed ---------------------------------------------------------------------------------------------
# Texts that name a place name the one that was chosen. Documents link to where documents are installed, and name manual pages.
PLACED := sed -e 's|/usr/sbin/|$(SBINDIR)/|g' -e 's|/usr/bin/|$(BINDIR)/|g' -e 's|/etc/sealpost|$(SYSCONFDIR)/sealpost|g' \
           -e 's|/usr/share/doc/sealpost|$(DOCDIR)|g' -e 's|/usr/share/sealpost/web|$(DATADIR)/sealpost/web|g' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@VERSION@|$(VERSION)|'
LINKED := sed -E -e 's!\[([^]]*)\]\((docs/)?man/([a-z.-]+)\.([1-8])\)!\1 (\3(\4))!g' -e 's!in \[docs/man\]\(docs/man\)!of the sections 1, 3, 5, 8!' \
           -e 's!\]\((docs/|\.\./)!](!g'
# $(call placed,FILE,DESTINATION), $(call linked,FILE,FOLDER), $(call names,NAMES,TARGET,FOLDER), $(call programs,FILES,FOLDER)
placed = $(INSTALL) -d $(DESTDIR)$(dir $(2)) && $(PLACED) $(1) > $(DESTDIR)$(2) && chmod 644 $(DESTDIR)$(2)
linked = $(INSTALL) -d $(DESTDIR)$(2) && $(PLACED) $(1) | $(LINKED) > $(DESTDIR)$(2)/$(notdir $(1)) && chmod 644 $(DESTDIR)$(2)/$(notdir $(1))
names  = $(INSTALL) -d $(DESTDIR)$(3) && for n in $(1); do ln -sf $(2) $(DESTDIR)$(3)/$$n; done
programs = $(if $(1),$(INSTALL) -D -m 755 $(STRIPPED) -t $(DESTDIR)$(2) $(1))
WORDS     := xConfiguration xCommand xStatus xFeedback xGetxml
DOCUMENTS := README.md CHANGELOG.md CONTRIBUTING.md HACKING.md LICENSE SECURITY.md $(wildcard docs/*.md)
MANUALS   := $(filter sealpost.1 sealpost-pki.1 sealpost-lab.1,$(PROGRAMS:=.1)) libsealpost.3 sealpost.conf.5 $(filter sealpostd.8 sealpost-web.8,$(PROGRAMS:=.8))
DAEMONS   := %/sealpostd %/sealpost-web

.PHONY: install-strip dist sbom cross musl musl-objects
install: all
	$(call programs,$(filter $(DAEMONS),$(PROGRAM_BIN)),$(SBINDIR))
	$(call programs,$(filter-out $(DAEMONS),$(PROGRAM_BIN)),$(BINDIR))
	$(if $(CLI),$(call names,$(WORDS),sealpost,$(BINDIR)))
	$(INSTALL) -D -m 644 $(STRIPPED) -t $(DESTDIR)$(LIBDIR) $(LIBRARY)
	$(call names,libsealpost.so,libsealpost.so.0,$(LIBDIR))
	$(INSTALL) -D -m 644 -t $(DESTDIR)$(LIBDIR) $(LIBRARY_STATIC)
	$(INSTALL) -D -m 644 -t $(DESTDIR)$(DATADIR)/man/man3 $(BUILD)/man3/*.3
	$(INSTALL) -D -m 644 -t $(DESTDIR)$(PYTHONDIR) src/bindings/python/sealpost.py
	$(INSTALL) -D -m 644 -t $(DESTDIR)$(DOCDIR)/examples src/bindings/node/publish.mjs
	$(INSTALL) -D -m 644 -t $(DESTDIR)$(DOCDIR)/conf conf/sealpost-alerts.yml
	$(call placed,conf/libsealpost.pc,$(LIBDIR)/pkgconfig/libsealpost.pc)
	$(INSTALL) -D -m 644 -t $(DESTDIR)$(INCLUDEDIR) include/sealpost.h
	test -e $(DESTDIR)$(SYSCONFDIR)/sealpost/sealpost.conf || \
		{ $(call placed,conf/sealpost.conf,$(SYSCONFDIR)/sealpost/sealpost.conf); }	# it is the administrator's
	$(INSTALL) -d $(DESTDIR)$(SYSCONFDIR)/sealpost/sealpost.conf.d
	$(call placed,conf/sealpostd.service,$(UNITDIR)/sealpostd.service)
	$(if $(CLI),$(call placed,conf/sealpost-metrics.service,$(UNITDIR)/sealpost-metrics.service))
	$(if $(CLI),$(call placed,conf/sealpost-metrics.timer,$(UNITDIR)/sealpost-metrics.timer))
	@$(if $(WEB),$(call placed,conf/sealpost-web.service,$(UNITDIR)/sealpost-web.service) && \
		$(call placed,conf/sealpost-web.path,$(UNITDIR)/sealpost-web.path) && \
		$(call placed,conf/sysusers-web.conf,$(SYSTEMDIR)/sysusers.d/sealpost-web.conf) && \
		$(INSTALL) -D -m 644 -t $(DESTDIR)$(DATADIR)/sealpost/web src/web/pages/*,true)
	$(INSTALL) -D -m 644 -t $(DESTDIR)$(SYSTEMDIR)/systemd/catalog conf/sealpost.catalog
	$(call placed,conf/sysusers.conf,$(SYSTEMDIR)/sysusers.d/sealpost.conf)
	$(call placed,conf/tmpfiles.conf,$(SYSTEMDIR)/tmpfiles.d/sealpost.conf)
	$(if $(CLI),$(INSTALL) -D -m 644 conf/completion/sealpost.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/sealpost)
	$(if $(CLI),$(call names,$(WORDS) $(if $(PKI),sealpost-pki),sealpost,$(DATADIR)/bash-completion/completions))
	$(if $(filter sealpost-lab,$(PROGRAMS)),$(INSTALL) -D -m 644 conf/completion/sealpost-lab.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/sealpost-lab)
	$(if $(filter sealpost-lab,$(PROGRAMS)),$(INSTALL) -D -m 644 -t $(DESTDIR)$(DATADIR)/zsh/vendor-completions conf/completion/_sealpost-lab)
	$(if $(CLI),$(INSTALL) -D -m 644 -t $(DESTDIR)$(DATADIR)/zsh/vendor-completions conf/completion/_sealpost)
	$(if $(CLI),$(call names,$(WORDS:=.1),sealpost.1,$(DATADIR)/man/man1))
	@$(foreach m,$(MANUALS),$(call placed,docs/man/$(m),$(DATADIR)/man/man$(subst .,,$(suffix $(m)))/$(m)) &&) true
	@$(foreach d,$(DOCUMENTS),$(call linked,$(d),$(DOCDIR)) &&) true
	$(INSTALL) -D -m 644 -t $(DESTDIR)$(DOCDIR)/pictures docs/pictures/*
	@for f in $$(find docs/ansible -type f); do $(INSTALL) -D -m 644 $$f $(DESTDIR)$(DOCDIR)/$${f#docs/} || exit 1; done
install-strip:
	@$(MAKE) --no-print-directory STRIPPED='-s --strip-program=$(STRIP)' install

# What git has at the commit, and in a file the moment before which no date is trusted, with the commit's name.
dist:
	@mkdir -p build
	git archive --format=tar --prefix=sealpost-$(VERSION)/ \
		--add-virtual-file='sealpost-$(VERSION)/.release:$(shell git log -1 --format='%ct %h')' HEAD | gzip -n9 > build/sealpost-$(VERSION).tar.gz

# The bill of materials of the programs that are built: build/sealpost-VERSION.spdx.json.
sbom: all
	$(Q)CC='$(CC) $(SYSROOT_FLAG)' READELF='$(READELF)' PKG_CONFIG='$(PKG_CONFIG)' .ci/sbom $(BUILD) $(VERSION) $(COMMIT) $(DATE_FLOOR) > $(BUILD)/sealpost-$(VERSION).spdx.json
	@echo '$(BUILD)/sealpost-$(VERSION).spdx.json'

# --- other processors, another C library ---------------------------------------------------------------------------
# The libraries are Debian's, fetched and unpacked under build/sysroot; nothing of them is installed. GOAL: what to make.
ARCH ?= arm64
TRIPLET_arm64 := aarch64-linux-gnu
TRIPLET_armhf := arm-linux-gnueabihf
cross:
	@.ci/sysroot $(ARCH)
	@$(MAKE) --no-print-directory $(JOBS) BUILD=build/$(ARCH) CROSS_COMPILE=$(TRIPLET_$(ARCH))- SYSROOT=build/sysroot/$(ARCH) $(or $(GOAL),programs)
# Programs and tests compile with the headers of musl, but the peers of benchmarks, which use what glibc alone has. Nothing is linked, since
# Debian's libraries are linked with glibc.
MUSL_OBJ := $(filter-out build/musl/tests/bench/%,$(CLANG_OBJ:build/clang/%=build/musl/%))
musl:
	@.ci/sysroot musl
	@$(MAKE) --no-print-directory $(JOBS) CC=musl-gcc BUILD=build/musl CFLAGS=-O0 \
		PKG_CPPFLAGS='$(patsubst %,-isystem build/sysroot/musl%,/ /libxml2 /editline)' musl-objects
musl-objects: $(MUSL_OBJ)

clean:
	rm -rf build

-include $(shell find $(BUILD) \( -name npm -o -name debian -o -name packages -o -name sysroot \) -prune -o -name '*.d' -type f -print 2>/dev/null)
