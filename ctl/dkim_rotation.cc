#include "ctl/dkim_rotation.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ctl/arguments.h"
#include "ctl/dkim_keys.h"
#include "ctl/key_list.h"
#include "ctl/key_record_text.h"
#include "ctl/key_source.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/config/duration.h"
#include "lib/dkim/signature.h"

namespace postern::ctl {
namespace {

constexpr absl::Duration kBetweenLooks = absl::Seconds(5);

// One rotation: what is there, and what is to be.
struct Rotation {
  std::string table;           // The path of the key table.
  std::vector<KeyLine> lines;  // Those that get the new key.
  NamedKey key;                // The new one.
  std::string path;            // Where it is.
};

std::string Folder(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

// Finds the lines of the domain whose key is of the type that is wanted.
absl::Status FindLines(const Arguments& arguments, Rotation& rotation) {
  ASSIGN_OR_RETURN(std::vector<KeyLine> lines, ReadKeyTable(rotation.table));
  for (KeyLine& line : lines) {
    if (line.key.domain != rotation.key.domain ||
        dkim::KeyTypeName(line.key.key->type()) !=
            arguments.Value("--type", "rsa") ||
        line.key.selector == rotation.key.selector) {
      continue;
    }
    if (line.path.empty()) {
      return absl::FailedPreconditionError(absl::StrCat(
          rotation.table, ":", line.number, ": the key is not in a file"));
    }
    rotation.lines.push_back(std::move(line));
  }
  if (!rotation.lines.empty()) return absl::OkStatus();
  return absl::NotFoundError(
      absl::StrCat(rotation.table, ": has no other key of this type for ",
                   rotation.key.domain));
}

// Has the new key belong to whom the old one belongs to: dkimd reads it as that
// user. Only root may do so; another user's keys are its own anyway.
absl::Status TakeOwner(const std::string& from, const std::string& to) {
  struct stat found;
  if (geteuid() != 0) return absl::OkStatus();
  if (stat(from.c_str(), &found) != 0 ||
      chown(to.c_str(), found.st_uid, found.st_gid) != 0) {
    return ErrnoStatus(errno, to);
  }
  return absl::OkStatus();
}

// Makes the key, or takes the one that an earlier run has made.
absl::Status MakeKey(const Arguments& arguments, Rotation& rotation) {
  rotation.path =
      absl::StrCat(arguments.Value("-D", Folder(rotation.lines.front().path)),
                   "/", rotation.key.selector, ".private");
  absl::StatusOr<dkim::PrivateKey> key = ReadKey(rotation.path);
  if (absl::IsNotFound(key.status())) {
    key = NewKey(arguments);
    if (key.ok()) {
      RETURN_IF_ERROR(WriteNewFile(rotation.path, key->ToPem()));
      RETURN_IF_ERROR(TakeOwner(rotation.lines.front().path, rotation.path));
    }
  }
  if (!key.ok()) return key.status();
  rotation.key.key = *std::move(key);
  return absl::OkStatus();
}

// Prints the record, and adds it to the file of records if that has it not.
absl::Status Publish(const Arguments& arguments, const Rotation& rotation,
                     std::ostream& out) {
  const std::string record =
      ZoneText(*rotation.key.key, {.selector = rotation.key.selector,
                                   .domain = rotation.key.domain,
                                   .appends_domain = true});
  out << record;
  if (!arguments.Has("--records")) return absl::OkStatus();
  const std::string path = arguments.Value("--records");
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  if (absl::StrContains(text, record)) return absl::OkStatus();
  return WriteFile(path, absl::StrCat(text, record));
}

// Returns who of the servers does not show the record yet, and why.
absl::StatusOr<std::string> Missing(const Arguments& arguments,
                                    const Rotation& rotation) {
  const std::vector<std::string> servers =
      absl::StrSplit(arguments.Value("--dns-server"), ',');
  for (const std::string& server : servers) {
    std::vector<std::string> words;
    if (!server.empty()) words = {"--dns-server", server};
    if (arguments.Has("--dns-records")) {
      words.push_back("--dns-records=" + arguments.Value("--dns-records"));
    }
    ASSIGN_OR_RETURN(const Arguments one,
                     Arguments::Parse(words, KeySource::DnsSyntax()));
    // A new one each time: it has seen nothing yet.
    ASSIGN_OR_RETURN(const std::unique_ptr<KeySource> source,
                     KeySource::Create(one, Clock::System()));
    const auto found = source->BlockOn(source->finder().Find(
        {absl::StrCat(rotation.key.selector, "._domainkey.",
                      rotation.key.domain)},
        source->deadline()));
    const std::string fault = Fault(rotation.key, found.front());
    if (!fault.empty()) {
      return absl::StrCat(server.empty() ? "the DNS" : server, ": ", fault);
    }
  }
  return std::string();
}

absl::Status AwaitRecord(const Arguments& arguments, const Rotation& rotation) {
  ASSIGN_OR_RETURN(const absl::Duration wait,
                   config::ParseDuration(arguments.Value("--wait", "0s")));
  const absl::Time until = absl::Now() + wait;
  while (true) {
    ASSIGN_OR_RETURN(const std::string missing, Missing(arguments, rotation));
    if (missing.empty()) return absl::OkStatus();
    if (absl::Now() + kBetweenLooks > until) {
      return absl::FailedPreconditionError(
          absl::StrCat(missing, "; nothing was switched, run this again"));
    }
    absl::SleepFor(kBetweenLooks);
  }
}

// Writes the key table with the new key in the lines of the old one.
absl::Status Switch(const Rotation& rotation, std::ostream& out) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(rotation.table));
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  for (const KeyLine& line : rotation.lines) {
    lines[line.number - 1] =
        absl::StrCat(line.name, " ", rotation.key.domain, ":",
                     rotation.key.selector, ":", rotation.path);
  }
  RETURN_IF_ERROR(WriteFile(rotation.table, absl::StrJoin(lines, "\n")));
  for (const KeyLine& line : rotation.lines) {
    out << "; " << line.name << " is signed with " << rotation.key.selector
        << " now. When mail signed before has arrived everywhere, in a week "
           "say:\n"
        << line.key.selector << "._domainkey." << line.key.domain
        << ".\tIN\tTXT\t( \"v=DKIM1; p=\" )  ; ----- revoked\n";
  }
  return absl::OkStatus();
}

absl::Status Rotate(const Invocation& invocation, std::ostream& out) {
  Syntax syntax = KeySource::DnsSyntax();
  syntax.options.insert(
      {"-d", "-s", "-D", "-b", "--type", "--key-table", "--records", "--wait"});
  ASSIGN_OR_RETURN(const Arguments arguments,
                   Arguments::Parse(invocation.arguments, syntax));
  const auto domain = dkim::CanonicalDomain(arguments.Value("-d"));
  const auto selector = dkim::CanonicalDomain(arguments.Value("-s"));
  if (!domain || !selector || !arguments.Has("--key-table")) {
    return absl::InvalidArgumentError(
        "-d, -s and --key-table say what is to be rotated");
  }
  Rotation rotation;
  rotation.table = arguments.Value("--key-table");
  rotation.key.domain = *domain;
  rotation.key.selector = *selector;
  RETURN_IF_ERROR(FindLines(arguments, rotation));
  RETURN_IF_ERROR(MakeKey(arguments, rotation));
  RETURN_IF_ERROR(Publish(arguments, rotation, out));
  out.flush();
  RETURN_IF_ERROR(AwaitRecord(arguments, rotation));
  return Switch(rotation, out);
}

}  // namespace

Verb DkimRotateVerb() {
  return {"dkim rotate",
          "-d DOMAIN -s NEW_SELECTOR --key-table FILE [-D FOLDER] "
          "[--type rsa|ed25519] [-b BITS] [--records FILE] [--wait TIME] "
          "[--dns-server ADDRESS,...] [--dns-records FILE]",
          "Puts a new key in the place of an old one once the DNS has it.",
          Rotate};
}

}  // namespace postern::ctl
