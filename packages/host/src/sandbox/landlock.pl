#!/usr/bin/env perl
# Gives up every right but those named, and becomes the command: where the system lets nobody make namespaces, for whom it has no bwrap.
# Perl, since every Debian has it and it can make system calls without a compiler; no modules, since perl-base has few.
#
# landlock.pl FILTER_FD PRCTL CAPSET (RIGHTS PATH)... -- CWD COMMAND ARGUMENT...
#   RIGHTS: r (read and run), w (all that, and change), d (a device: read and write)
use strict;
use warnings;

my ($filter_fd, $prctl, $capset) = splice @ARGV, 0, 3;
# The same on all machines. Source: include/uapi/asm-generic/unistd.h.
my ($CREATE_RULESET, $ADD_RULE, $RESTRICT_SELF) = (444, 445, 446);
# Source: include/uapi/linux/prctl.h.
my ($PR_CAPBSET_DROP, $PR_SET_SECCOMP, $PR_SET_NO_NEW_PRIVS) = (24, 22, 38);
# Source: include/uapi/linux/landlock.h. Signals and abstract sockets stay inside since version 6 (Linux 6.12).
my $NEEDED_VERSION = 6;
my ($EXECUTE, $WRITE_FILE, $READ_FILE, $READ_DIR, $TRUNCATE) = (1, 2, 4, 8, 1 << 14);
my ($MAKE_CHAR, $MAKE_BLOCK, $IOCTL_DEV) = (1 << 6, 1 << 11, 1 << 15);
my $ALL = (1 << 16) - 1;
my %RIGHTS = (
  r => $EXECUTE | $READ_FILE | $READ_DIR,
  w => $ALL & ~($MAKE_CHAR | $MAKE_BLOCK | $IOCTL_DEV),
  d => $READ_FILE | $WRITE_FILE,
);
my $OF_FILES = $EXECUTE | $WRITE_FILE | $READ_FILE | $TRUNCATE | $IOCTL_DEV;
my $O_PATH = 0x200000;

sub fail { print STDERR "landlock: $_[0]\n"; exit 1 }

my $version = syscall $CREATE_RULESET, 0, 0, 1;
fail("Expected a kernel with Landlock 6 or newer (Linux 6.12), got " . ($version < 0 ? "none: $!" : $version))
  if $version < $NEEDED_VERSION;

# All files, all of TCP, abstract sockets and signals: what is not allowed below is refused.
my $ruleset_text = pack "Q3", $ALL, 3, 3;
my $ruleset = syscall $CREATE_RULESET, $ruleset_text, length $ruleset_text, 0;
fail("no ruleset: $!") if $ruleset < 0;

while (@ARGV and $ARGV[0] ne "--") {
  my ($kind, $path) = splice @ARGV, 0, 2;
  # Where it is, whatever links lead there: the right belongs to what is found now.
  sysopen my $place, $path, $O_PATH or fail("$path: $!");
  my $rights = -d $place ? $RIGHTS{$kind} : $RIGHTS{$kind} & $OF_FILES;
  my $rule = pack "Ql", $rights, fileno $place;
  syscall($ADD_RULE, $ruleset, 1, $rule, 0) == 0 or fail("$path: $!");
}
shift @ARGV;
my $cwd = shift @ARGV;

# Itself, as what it will be: the process stays the same.
sysopen my $self, "/proc/$$", $O_PATH or fail("/proc/$$: $!");
my $own = pack "Ql", $RIGHTS{r} | $WRITE_FILE, fileno $self;
syscall($ADD_RULE, $ruleset, 1, $own, 0) == 0 or fail("/proc/$$: $!");

chdir $cwd or fail("$cwd: $!");
open my $filter_file, "<&=", $filter_fd or fail("no filter: $!");
binmode $filter_file;
my $filter = do { local $/; <$filter_file> };
close $filter_file;
fail("an empty filter") unless defined $filter and length $filter;

# Whoever is root without any of root's rights. The numbers go on: later kernels have more of them.
syscall $prctl, $PR_CAPBSET_DROP, $_, 0, 0, 0 for 0 .. 63;
my ($header, $none) = (pack("Ll", 0x20080522, 0), pack("L6", (0) x 6));
syscall($capset, $header, $none) == 0 or fail("capabilities: $!");

syscall($prctl, $PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 or fail("no_new_privs: $!");
syscall($RESTRICT_SELF, $ruleset, 0) == 0 or fail("landlock_restrict_self: $!");
my $program = pack "S x6 P", length($filter) / 8, $filter;
syscall($prctl, $PR_SET_SECCOMP, 2, $program, 0, 0) == 0 or fail("seccomp: $!");
exec { $ARGV[0] } @ARGV or fail("$ARGV[0]: $!");
