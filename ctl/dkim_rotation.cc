#include "ctl/dkim_rotation.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ctl/arguments.h"
#include "ctl/dkim_keys.h"
#include "ctl/key_list.h"
#include "ctl/key_rotation.h"
#include "ctl/key_source.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/dkim/signature.h"
#include "lib/dns/name.h"

namespace postern::ctl {
namespace {

using dkim::Rotation;

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
absl::Status MakeKey(const Arguments& arguments, const std::string& old_path,
                     const Rotation& rotation) {
  const absl::StatusOr<dkim::PrivateKey> there = ReadKey(rotation.path);
  if (absl::IsNotFound(there.status())) {
    ASSIGN_OR_RETURN(const dkim::PrivateKey key, NewKey(arguments));
    RETURN_IF_ERROR(WriteNewFile(rotation.path, key.ToPem()));
    return TakeOwner(old_path, rotation.path);
  }
  if (!there.ok()) return there.status();
  if (there->type() == rotation.type) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(rotation.path, ": is a key of another type"));
}

// The file of the new key: in -D, or where the old one is.
absl::StatusOr<std::string> PathOfNewKey(const Arguments& arguments,
                                         const std::string& old_path,
                                         const std::string& selector) {
  const std::filesystem::path folder =
      arguments.Has("-D") ? std::filesystem::path(arguments.Value("-D"))
                          : std::filesystem::path(old_path).parent_path();
  std::error_code error;
  const std::string path =
      (std::filesystem::absolute(folder, error).lexically_normal() /
       (selector + ".private"))
          .string();
  if (!error && path.find_first_of("# \t\r\n") == std::string::npos) {
    return path;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(Printable(path),
                   ": cannot be in a key table, name another folder by -D"));
}

// Finds what is to be replaced and makes the new key.
absl::StatusOr<Rotation> Start(const Arguments& arguments,
                               const RotationFiles& files, Rotation rotation) {
  ASSIGN_OR_RETURN(std::vector<KeyLine> lines,
                   files.Lines(rotation.domain, rotation.type));
  std::erase_if(lines, [&rotation](const KeyLine& line) {
    return line.key.selector == rotation.selector;
  });
  if (lines.empty()) {
    return absl::NotFoundError(absl::StrCat(
        files.key_table(), ": has no other ", dkim::KeyTypeName(rotation.type),
        " key for ", rotation.domain));
  }
  for (const KeyLine& line : lines) {
    if (line.key.path.empty()) {
      return absl::FailedPreconditionError(absl::StrCat(
          files.key_table(), ":", line.number, ": the key is not in a file"));
    }
    std::vector<std::string>& old = rotation.old_selectors;
    if (std::find(old.begin(), old.end(), line.key.selector) == old.end()) {
      old.push_back(line.key.selector);
    }
  }
  ASSIGN_OR_RETURN(
      rotation.path,
      PathOfNewKey(arguments, lines.front().key.path, rotation.selector));
  RETURN_IF_ERROR(MakeKey(arguments, lines.front().key.path, rotation));
  rotation.since = rotation.due = Clock::System().Now();
  RETURN_IF_ERROR(files.Put(rotation));
  return rotation;
}

// The rotation of -d and -s: one that is under way, or a new one.
absl::StatusOr<Rotation> StartOrFind(const Arguments& arguments,
                                     const RotationFiles& files) {
  const auto domain = dkim::CanonicalDomain(arguments.Value("-d"));
  const auto selector = dkim::CanonicalDomain(arguments.Value("-s"));
  const auto type = dkim::KeyTypeFromName(arguments.Value("--type", "rsa"));
  if (!domain || !selector || !type) {
    return absl::InvalidArgumentError(
        "-d DOMAIN, -s SELECTOR and --type rsa or ed25519 say what is rotated; "
        "without -d and -s what is under way goes on");
  }
  const std::string name = absl::StrCat(*selector, "._domainkey.", *domain);
  if (!dns::IsDomainName(name)) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": is too long for a name in the DNS"));
  }
  ASSIGN_OR_RETURN(const std::vector<Rotation> under_way, files.Read());
  for (const Rotation& rotation : under_way) {
    if (rotation.domain != *domain || rotation.type != *type) continue;
    if (rotation.selector == *selector) return rotation;
    return absl::FailedPreconditionError(absl::StrCat(
        *domain, ": the rotation to ", rotation.selector, " is under way (",
        dkim::RotationPhaseName(rotation.phase), ") and has to end first"));
  }
  Rotation rotation;
  rotation.domain = *domain;
  rotation.selector = *selector;
  rotation.type = *type;
  return Start(arguments, files, std::move(rotation));
}

// Goes on with all; what stops one does not stop the others.
absl::Status AdvanceAll(const KeyRotation& steps, std::ostream& out) {
  ASSIGN_OR_RETURN(const std::vector<Rotation> under_way, steps.files().Read());
  struct stat table;
  if (stat(steps.files().key_table().c_str(), &table) != 0) {
    return ErrnoStatus(errno, steps.files().key_table());
  }
  size_t stopped = 0;
  for (const Rotation& rotation : under_way) {
    const absl::Status status = steps.Advance(rotation);
    if (status.ok()) continue;
    ++stopped;
    out << "; " << rotation.domain << ": " << status.message() << "\n";
  }
  if (under_way.empty()) out << "; no rotation is under way\n";
  if (stopped == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      stopped, " of ", under_way.size(), " rotations could not go on"));
}

absl::Status Rotate(const Invocation& invocation, std::ostream& out) {
  const Syntax own = {.options = {"-d", "-s", "-D", "-b", "--type"},
                      .switches = {}};
  ASSIGN_OR_RETURN(const Arguments arguments,
                   Arguments::Parse(invocation.arguments,
                                    Joined(own, KeyRotation::syntax())));
  ASSIGN_OR_RETURN(const KeyRotation steps,
                   KeyRotation::Create(arguments, Clock::System(), out));
  if (!arguments.Has("-d") && !arguments.Has("-s")) {
    return AdvanceAll(steps, out);
  }
  ASSIGN_OR_RETURN(const Rotation rotation,
                   StartOrFind(arguments, steps.files()));
  return steps.Advance(rotation);
}

}  // namespace

Verb DkimRotateVerb() {
  return {
      "dkim rotate",
      "[-d DOMAIN -s NEW_SELECTOR] --key-table FILE [-D FOLDER] "
      "[--type rsa|ed25519] [-b BITS] [--records FILE] "
      "[--update-key FILE [--update-server HOST] [--zone NAME] [--ttl TIME]] "
      "[--name-servers ADDRESS,ADDRESS] [--name-server-port N] "
      "[--dns-server ADDRESS] [--dns-records FILE] [--wait TIME] "
      "[--keep-old TIME] [--keep-revoked TIME]",
      "Puts a new key in the place of an old one once all name servers show "
      "it, and revokes the old one.",
      Rotate};
}

}  // namespace postern::ctl
