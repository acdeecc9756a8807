# Two commands matter: `make drill` runs the first drill, `make test` runs every test.

PACKAGES_BUILD := pkg-config libnl-3-dev libnl-route-3-dev libyaml-dev libsqlite3-dev libzip-dev libpq-dev e2fsprogs
PACKAGES_PACKAGE := dpkg-dev binutils xz-utils jq lintian
PACKAGES_LAB := qemu-system-x86 busybox-static cpio kmod iproute2
PACKAGES_TEST := redis-server xfsprogs nftables chromium poppler-utils iproute2 procps openssl postgresql

UNIT_TESTS := RecordsTests PlaybooksTests ChecksTests ReportsTests DrillsTests KernelTests \
	UndoTests FaultProxyTests ProbesTests SystemsTests FaultsTests WorkloadsTests ReferenceQueueTests \
	HistoryTests IncidentsTests SchedulerTests WebTests

# Runs the tests of a module, in a limit of time.
RUN := Tests/run.sh

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
ROOT := $(SUDO) env "PATH=$(PATH)"
RELEASE := .build/release

.PHONY: drill test build package packages-build packages-test format lint unit privileged acceptance lab packages-lab power-cut clean

# Installs what it needs, builds, and runs the main drill on the embedded target.
drill: build
	$(ROOT) $(RELEASE)/firedrill run playbooks/primary-kill.yaml

# Installs what the tests need and runs all of them; nothing is skipped.
test: packages-test build unit privileged acceptance lab
	@grep . .build/unsteady 2>/dev/null || echo "every test passed at once"

# Without the dynamic loader's work on Swift's libraries a command starts in half the time.
build: packages-build
	swift build -c release --static-swift-stdlib --product firedrill
	swift build -c release --static-swift-stdlib --product firedrill-guardian
	swift build -c release --static-swift-stdlib --product firedrill-service
	swift build -c release --static-swift-stdlib --product refqueue

# A Debian package of the programs that `build` made, in .build/package; lintian must find no error.
package: build
	@$(call install,$(PACKAGES_PACKAGE))
	Sources/firedrill-service/Packaging/build.sh $(RELEASE) .build/package
	lintian --fail-on error --tag-display-limit 0 .build/package/firedrill_*.deb

# One module after the other, and one test after the other: many of them watch times of their own,
# and the two threads of a small machine are not to be shared with strangers.
unit: packages-build
	swift build --build-tests
	@failed=""; for module in $(UNIT_TESTS); do \
		$(RUN) $$module || failed="$$failed $$module"; done; \
		$(call name-failures,$$failed)

# Needs root: namespaces, mounts, signals to children.
privileged: packages-build
	swift build --build-tests
	@failed=""; $(RUN) Privileged $(ROOT) || failed=Privileged; $(call name-failures,$$failed)

# Whole drills with the programs that `build` made.
acceptance: build
	swift build --build-tests
	@failed=""; $(RUN) Acceptance $(ROOT) FIREDRILL_PROGRAMS="$(CURDIR)/$(RELEASE)" \
		|| failed=Acceptance; $(call name-failures,$$failed)

# Tests that need a kernel with netem, in a virtual machine that has one.
lab: build packages-lab
	swift build --build-tests
	@failed=""; $(RUN) KernelLab Tests/KernelLab/Machine/boot.sh \
		env FIREDRILL_PROGRAMS="$(CURDIR)/$(RELEASE)" || failed=KernelLab; \
		$(call name-failures,$$failed)

# A drill whose host loses its power, and what is undone after the reboot, in the same machine.
power-cut: build packages-lab
	FIREDRILL_PROGRAMS="$(CURDIR)/$(RELEASE)" Tests/KernelLab/Machine/power-cut.sh

format:
	swift format format --in-place --recursive Package.swift Sources Tests

lint:
	swift format lint --strict --recursive Package.swift Sources Tests

packages-build:
	@$(call install,$(PACKAGES_BUILD))

packages-test:
	@$(call install,$(PACKAGES_BUILD) $(PACKAGES_TEST))

packages-lab:
	@$(call install,$(PACKAGES_LAB))

clean:
	swift package clean

# Installs those of the Debian packages $(1) that are missing; asks nobody anything.
define install
missing=""; for package in $(1); do \
	dpkg-query --show --showformat='$${db:Status-Status}' $$package 2>/dev/null \
		| grep -qx installed || missing="$$missing $$package"; done; \
if [ -n "$$missing" ]; then echo "installing$$missing"; \
	$(SUDO) apt-get update -qq && \
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		$$missing; fi
endef

# Ends with what failed, so that the last lines of a long log say it; $(1) are the modules.
define name-failures
[ -z "$(1)" ] || { for module in $(1); do echo "failed: $$module"; \
	grep -h -A 4 -e 'recorded an issue' -e 'error:' -e 'with 0 tests' ".build/$$module.tests" | tail -n 40; \
	tail -n 3 ".build/$$module.tests"; done; exit 1; }
endef
