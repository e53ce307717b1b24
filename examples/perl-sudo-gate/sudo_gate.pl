#!/usr/bin/env perl
# An extension in Perl without any package: a gate on tool calls, and a tool. JSON::PP comes with Perl.
use strict;
use warnings;
use JSON::PP;

$| = 1;
my $json = JSON::PP->new->utf8->canonical;
my $asked = 0;

# jsonrpc, id and method come first in every line (F-4), so the objects are not written by JSON::PP as a whole.
sub answer { my ($id, $result) = @_; printf qq({"jsonrpc":"2.0","id":%s,"result":%s}\n), $id, $json->encode($result) }

sub refuse {
    my ($id, $code, $kind, $message) = @_;
    my $error = { code => $code, message => $message, data => { kind => $kind, executed => "no" } };
    printf qq({"jsonrpc":"2.0","id":%s,"error":%s}\n), $id, $json->encode($error);
}

my $tool = { name => "count_sudo", description => "How often sudo was asked for", parameters => { type => "object" } };
my $offer = {
    protocol => 1, name => "sudo-gate", version => "1.0.0",
    tools => [$tool], hooks => [{ event => "tool_call" }], events => [], commands => [],
};

my %methods = (
    ping => sub { {} },
    hello => sub {
        my $range = $_[0]{protocol};
        return $offer if $range->{min} <= 1 && $range->{max} >= 1;
        die [1011, "protocol-mismatch", "Expected a host that speaks version 1."];
    },
    "tool/execute" => sub {
        die [1004, "unknown-tool", "There is only count_sudo."] unless $_[0]{tool} eq "count_sudo";
        return { content => [{ type => "text", text => "$asked" }] };
    },
    "hook/run" => sub {
        die [-32602, "invalid-params", "Expected tool_call."] unless $_[0]{event} eq "tool_call";
        my $command = $_[0]{payload}{input}{command} // "";
        return { action => "continue" } unless $command =~ /\bsudo\b/;
        $asked++;
        return { action => "block", reason => "Nothing is run as root here. Say what you need, and the user will do it." };
    },
);

while (my $line = <STDIN>) {
    next unless $line =~ /\n\z/; # cut off by the end of the channel: not a message (F-9)
    my $message = eval { $json->decode($line) } or next;
    next unless ref $message eq "HASH" && $message->{id} && $message->{method};
    my ($id, $method) = @$message{qw(id method)};
    if ($method eq "shutdown") { answer($id, {}); last }
    my $run = $methods{$method};
    if (!$run) { refuse($id, -32601, "method-not-found", "This extension does not know $method."); next }
    my $result = eval { $run->($message->{params} // {}) };
    if (my $error = $@) {
        # A gate that fails must say so: the host takes it for a no.
        refuse($id, ref $error ? @$error : (-32603, "internal-error", "$error"));
    } else { answer($id, $result) }
}
