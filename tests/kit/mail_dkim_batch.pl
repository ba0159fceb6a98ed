# Mail::DKIM over many files.
#
# verify RECORDS FILE...: prints for each file how many signatures pass, of how
# many. sign KEY SELECTOR DOMAIN ALGORITHM FORMS FILE...: signs each in place.
# RECORDS is a JSON object of names and texts.
use strict;
use warnings;
use JSON::PP;
use Mail::DKIM::DNS;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;
use Net::DNS;

sub slurp { local $/; open(my $file, '<:raw', $_[0]) or die "$_[0]: $!"; return <$file>; }

sub verify {
    my ($records, @files) = @_;
    my $texts = decode_json(slurp($records));
    no warnings 'redefine';
    *Mail::DKIM::DNS::query = sub {
        my ($name) = @_;
        return () unless exists $texts->{$name};
        my @parts = unpack('(a250)*', $texts->{$name});
        return (Net::DNS::RR->new(name => $name, type => 'TXT', txtdata => \@parts));
    };
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
$what eq 'verify' ? verify(@ARGV) : sign(@ARGV);
