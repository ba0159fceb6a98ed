#include "ctl/dkim_keys.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ctl/arguments.h"
#include "ctl/dkim_rotation.h"
#include "ctl/key_record_text.h"
#include "ctl/key_source.h"
#include "ctl/output_file.h"
#include "lib/base/clock.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/dkim/crypto.h"
#include "lib/dkim/signature.h"
#include "lib/dns/name.h"

namespace postern::ctl {
namespace {

constexpr uint32_t kUsualBits = 2048;
constexpr uint32_t kLargestBits = 8192;

constexpr size_t kLongestString = 255;  // Of a record.

using Names = std::map<absl::string_view, const char*>;

// opendkim-genkey(8) has a long name for each of its options,
// opendkim-testkey(8) a short one for its configuration.
const Names& NamesOfGenkey() {
  static const Names names = {
      {"--append-domain", "-a"},   {"--bits", "-b"},
      {"--domain", "-d"},          {"--directory", "-D"},
      {"--hash-algorithms", "-h"}, {"--note", "-n"},
      {"--restrict", "-r"},        {"--selector", "-s"},
      {"--nosubdomains", "-S"},    {"--testmode", "-t"}};
  return names;
}
const Names& NamesOfTestkey() {
  static const Names names = {{"-x", "--opendkim-conf"}};
  return names;
}

std::vector<std::string> WithOurNames(std::vector<std::string> words,
                                      const Names& names) {
  for (std::string& word : words) {
    const size_t end = std::min(word.find('='), word.size());
    const auto place = names.find(absl::string_view(word).substr(0, end));
    if (place != names.end()) word.replace(0, end, place->second);
  }
  return words;
}

absl::Status CheckHashes(const std::string& hashes) {
  const std::vector<absl::string_view> names = absl::StrSplit(hashes, ':');
  bool has_sha256 = false;
  for (const absl::string_view name : names) {
    if (name != "sha256" && name != "sha1") {
      return absl::InvalidArgumentError(
          absl::StrCat("-h ", Printable(hashes), ": sha256, or sha1:sha256"));
    }
    has_sha256 |= name == "sha256";
  }
  if (has_sha256) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("-h ", hashes,
                   ": without sha256 no signature of the key counts (RFC "
                   "8301)"));
}

absl::Status CheckNote(const std::string& note) {
  for (const char c : note) {
    if (!absl::ascii_isprint(c) || c == ';') {
      return absl::InvalidArgumentError(
          "-n: printable ASCII, and no ';', which would end the note");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<KeyRecordOptions> RecordOptions(const Arguments& arguments) {
  KeyRecordOptions options;
  options.selector = arguments.Value("-s", "default");
  options.domain = arguments.Value("-d", "localhost");
  for (const std::string& name : {options.selector, options.domain}) {
    if (!dkim::CanonicalDomain(name)) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ": not a part of a domain name"));
    }
  }
  const std::string name =
      absl::StrCat(options.selector, "._domainkey.", options.domain);
  if (!dns::IsDomainName(name)) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": is too long for a name in the DNS"));
  }
  options.note = arguments.Value("-n");
  options.hashes = arguments.Value("-h", options.hashes);
  RETURN_IF_ERROR(CheckNote(options.note));
  RETURN_IF_ERROR(CheckHashes(options.hashes));
  options.appends_domain = arguments.Has("-a");
  options.is_for_mail_only = arguments.Has("-r");
  options.is_strict = arguments.Has("-S");
  options.is_testing = arguments.Has("-t");
  return options;
}

absl::Status Keygen(const Invocation& invocation, std::ostream& out) {
  ASSIGN_OR_RETURN(
      const Arguments arguments,
      Arguments::Parse(
          WithOurNames(invocation.arguments, NamesOfGenkey()),
          {.options = {"-s", "-d", "-b", "-D", "-h", "-n", "--type"},
           .switches = {"-a", "-r", "-S", "-t"}}));
  ASSIGN_OR_RETURN(const KeyRecordOptions options, RecordOptions(arguments));
  ASSIGN_OR_RETURN(const dkim::PrivateKey key, NewKey(arguments));
  if (RecordStrings(key, options).front().size() > kLongestString) {
    return absl::InvalidArgumentError("-n: the note is too long for a record");
  }
  const std::string base =
      absl::StrCat(arguments.Value("-D", "."), "/", options.selector);
  RETURN_IF_ERROR(WriteNewFile(base + ".private", key.ToPem()));
  RETURN_IF_ERROR(WriteNewFile(base + ".txt", ZoneText(key, options)));
  out << base << ".private: the key, which nobody else may read\n"
      << base << ".txt: its record, for the zone of " << options.domain << "\n";
  return absl::OkStatus();
}

absl::Status ShowRecords(const Invocation& invocation, std::ostream& out) {
  ASSIGN_OR_RETURN(
      const Arguments arguments,
      Arguments::Parse(WithOurNames(invocation.arguments, NamesOfTestkey()),
                       KeySyntax()));
  ASSIGN_OR_RETURN(const std::vector<NamedKey> keys, KeysOf(arguments));
  for (const NamedKey& key : keys) {
    if (!key.key) {
      return absl::InvalidArgumentError(
          absl::StrCat(key.selector, " of ", key.domain,
                       ": -k or KeyFile says where the key is"));
    }
    out << ZoneText(*key.key, {.selector = key.selector,
                               .domain = key.domain,
                               .appends_domain = true});
  }
  return absl::OkStatus();
}

// Says that others may read the key's file, or change it.
std::string OpenTo(const std::string& path) {
  struct stat facts;
  if (path.empty() || ::stat(path.c_str(), &facts) != 0) return "";
  if ((facts.st_mode & (S_IRWXO | S_IWGRP)) == 0) return "";
  return absl::StrCat(", but others may read or change ", path);
}

absl::Status TestKeys(const Invocation& invocation, std::ostream& out) {
  ASSIGN_OR_RETURN(
      const Arguments arguments,
      Arguments::Parse(WithOurNames(invocation.arguments, NamesOfTestkey()),
                       Joined(KeySyntax(), KeySource::DnsSyntax())));
  ASSIGN_OR_RETURN(const std::vector<NamedKey> keys, KeysOf(arguments));
  ASSIGN_OR_RETURN(const std::unique_ptr<KeySource> source,
                   KeySource::Create(arguments, Clock::System()));
  std::vector<std::string> names;
  for (const NamedKey& key : keys) {
    names.push_back(absl::StrCat(key.selector, "._domainkey.", key.domain));
  }
  const std::vector<dkim::FoundKeys> found =
      source->BlockOn(source->finder().Find(names, source->deadline()));
  size_t faults = 0;
  for (size_t i = 0; i < keys.size(); ++i) {
    const std::string fault = Fault(keys[i], found[i]);
    if (!fault.empty()) ++faults;
    out << names[i] << ": " << (fault.empty() ? "key OK" : fault)
        << (fault.empty() && !found[i].is_secure ? ", not secured by DNSSEC"
                                                 : "")
        << OpenTo(keys[i].path) << "\n";
  }
  if (faults == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(faults, " of ", keys.size(), " keys are of no use"));
}

}  // namespace

absl::Status WriteNewFile(const std::string& path, const std::string& text) {
  ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(path));
  RETURN_IF_ERROR(file.Write(text));
  return file.Sync();
}

absl::StatusOr<dkim::PrivateKey> NewKey(const Arguments& arguments) {
  const std::string name = arguments.Value("--type", "rsa");
  const std::optional<dkim::KeyType> type = dkim::KeyTypeFromName(name);
  if (!type) {
    return absl::InvalidArgumentError(
        absl::StrCat("--type ", name, ": rsa or ed25519"));
  }
  ASSIGN_OR_RETURN(const uint32_t bits,
                   arguments.Number("-b", kUsualBits, kLargestBits));
  return dkim::PrivateKey::Generate(*type, static_cast<int>(bits));
}

std::string Fault(const NamedKey& key, const dkim::FoundKeys& found) {
  using Outcome = dkim::FoundKeys::Outcome;
  if (found.outcome == Outcome::kNoAnswer) return "the DNS gives no answer";
  if (found.outcome == Outcome::kNone) return "there is no record";
  std::string fault;
  for (const auto& record : found.records) {
    if (!record->fault.empty()) {
      fault = record->fault;
    } else if (key.key && !record->key->IsOf(*key.key)) {
      fault = "the record is of another key";
    } else {
      return "";
    }
  }
  return fault;
}

std::vector<Verb> DkimKeyVerbs() {
  constexpr char kWhich[] =
      "-d DOMAIN -s SELECTOR [-k FILE] | --key-table FILE | "
      "--config DKIMD_YAML | -x OPENDKIM_CONF";
  return {
      {"dkim keygen",
       "[-s SELECTOR] [-d DOMAIN] [-D FOLDER] [--type rsa|ed25519] [-b BITS] "
       "[-h sha256] [-n NOTE] [-a] [-r] [-S] [-t]",
       "Makes a key: SELECTOR.private, and its record SELECTOR.txt.", Keygen},
      {"dkim dns", kWhich, "Prints the records of keys for a zone file.",
       ShowRecords},
      {"dkim testkey",
       absl::StrCat(kWhich, " [--dns-server ADDRESS] [--dns-records FILE]"),
       "Compares keys with what the DNS has.", TestKeys},
      DkimRotateVerb(),
  };
}

}  // namespace postern::ctl
