# Mail::DKIM over many files.
#
# verify RECORDS FILE...: prints for each file how many signatures pass, of how
# many. sign KEY SELECTOR DOMAIN ALGORITHM FORMS FILE...: signs each in place.
# chain RECORDS FILE...: prints what becomes of each ARC chain. seal KEY SELECTOR
# DOMAIN HOST FILE...: adds a set to the chain of each, by what HOST has found.
# RECORDS is a JSON object of names and texts.
use strict;
use warnings;
use JSON::PP;
use Mail::DKIM::ARC::Signer;
use Mail::DKIM::ARC::Verifier;
use Mail::DKIM::DNS;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;
use Net::DNS;

sub slurp { local $/; open(my $file, '<:raw', $_[0]) or die "$_[0]: $!"; return <$file>; }

sub know {
    my ($records) = @_;
    my $texts = decode_json(slurp($records));
    no warnings 'redefine';
    *Mail::DKIM::DNS::query = sub {
        my ($name) = @_;
        return () unless exists $texts->{$name};
        my @parts = unpack('(a250)*', $texts->{$name});
        return (Net::DNS::RR->new(name => $name, type => 'TXT', txtdata => \@parts));
    };
}

sub chain {
    my ($records, @files) = @_;
    know($records);
    for my $file (@files) {
        my $arc = Mail::DKIM::ARC::Verifier->new();
        $arc->PRINT(slurp($file));
        $arc->CLOSE;
        print $arc->result, "\n";
    }
}

sub seal {
    my ($key, $selector, $domain, $host, @files) = @_;
    for my $path (@files) {
        my $text = slurp($path);
        my $arc = Mail::DKIM::ARC::Signer->new(
            Algorithm => 'rsa-sha256', Chain => 'ar', Domain => $domain,
            SrvId => $host, Selector => $selector, KeyFile => $key);
        $arc->PRINT($text);
        $arc->CLOSE;
        die $arc->result_detail if $arc->result ne 'sealed';
        open(my $file, '>:raw', $path) or die "$path: $!";
        print $file map({ "$_\r\n" } $arc->as_strings), $text;
        close($file);
    }
}

sub verify {
    my ($records, @files) = @_;
    know($records);
    for my $file (@files) {
        my $dkim = Mail::DKIM::Verifier->new();
        $dkim->PRINT(slurp($file));
        $dkim->CLOSE;
        my @all = $dkim->signatures;
        my @good = grep { $_->result eq 'pass' } @all;
        print scalar(@good), ' ', scalar(@all), "\n";
    }
}

sub sign {
    my ($key, $selector, $domain, $algorithm, $forms, @files) = @_;
    for my $path (@files) {
        my $text = slurp($path);
        my $dkim = Mail::DKIM::Signer->new(
            Algorithm => $algorithm, Method => $forms, Domain => $domain,
            Selector => $selector, KeyFile => $key);
        $dkim->PRINT($text);
        $dkim->CLOSE;
        open(my $file, '>:raw', $path) or die "$path: $!";
        print $file $dkim->signature->as_string, "\r\n", $text;
        close($file);
    }
}

my $what = shift @ARGV;
my %can = (verify => \&verify, sign => \&sign, chain => \&chain, seal => \&seal);
$can{$what}->(@ARGV);
