#include "mta/rewriting/expansion.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/net/runtime.h"
#include "mta/rewriting/extension.h"
#include "mta/rewriting/include_file.h"

namespace postern::mta::rewriting {
namespace {

constexpr int kMaxAliasDepth = 100;

size_t LimitOf(uint32_t configured) {
  return configured == 0 ? 1000 : configured;
}

std::string Folded(const mail::Address& address) {
  return absl::AsciiStrToLower(address.ToString());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Expansion>> Expansion::Open(
    const config::v1::Mta& config, std::shared_ptr<const AddressBook> book,
    const Canonical& canonical, const table::Environment& tables) {
  std::unique_ptr<Expansion> expansion(
      new Expansion(std::move(book), canonical));
  ASSIGN_OR_RETURN(
      expansion->virtual_aliases_,
      AddressMap::Open("virtual_alias_maps", config.virtual_alias_maps(),
                       config.recipient_delimiter(), tables));
  auto aliases = config.alias_maps();
  for (std::string& spec : aliases) spec = AliasSpec(spec);
  ASSIGN_OR_RETURN(expansion->aliases_,
                   AddressMap::Open("alias_maps", aliases,
                                    config.recipient_delimiter(), tables));
  expansion->recursion_limit_ = LimitOf(config.virtual_alias_recursion_limit());
  expansion->expansion_limit_ = LimitOf(config.virtual_alias_expansion_limit());
  expansion->address_length_limit_ =
      LimitOf(config.virtual_alias_address_length_limit());
  expansion->propagates_virtual_ = Propagates(config, "virtual");
  expansion->propagates_alias_ = Propagates(config, "alias");
  expansion->includes_ = config.allow_alias_includes();
  ASSIGN_OR_RETURN(expansion->files_, PlacesOf("allow_mail_to_files",
                                               config.allow_mail_to_files()));
  ASSIGN_OR_RETURN(
      expansion->commands_,
      PlacesOf("allow_mail_to_commands", config.allow_mail_to_commands()));
  return expansion;
}

absl::StatusOr<Expansion::Places> Expansion::PlacesOf(
    absl::string_view field,
    const google::protobuf::RepeatedPtrField<std::string>& words) {
  Places places;
  for (const std::string& word : words) {
    places.alias |= word == "alias";
    places.include |= word == "include";
    // There are no .forward files, so nothing more is allowed by their name.
    if (word == "alias" || word == "include" || word == "forward") continue;
    return absl::InvalidArgumentError(absl::StrCat(
        field, ": \"", Printable(word), "\" is none of alias and include"));
  }
  return places;
}

net::Task<absl::StatusOr<std::vector<Target>>> Expansion::Expand(
    mail::Address recipient) const {
  Course course;
  Work first;
  first.address = std::move(recipient);
  course.work.push_back(std::move(first));
  while (!course.work.empty()) {
    Work work = std::move(course.work.front());
    course.work.pop_front();
    if (course.targets.size() + course.work.size() > kMaxTargets) {
      co_return ExpansionError("alias_maps", work.address,
                               "too many recipients");
    }
    Addresses addresses = {work.address};
    CO_ASSIGN_OR_RETURN(AddressClass address_class,
                        co_await book_->ClassOf(work.address));
    // What an alias of a user gives stays with the users if it is local.
    if (work.depth == 0 || address_class != AddressClass::kLocal) {
      CO_ASSIGN_OR_RETURN(addresses, co_await ExpandVirtual(work.address));
    }
    for (mail::Address& address : addresses) {
      Work next = work;
      next.address = std::move(address);
      CO_RETURN_IF_ERROR(co_await ExpandLocal(std::move(next), course));
    }
  }
  co_return std::move(course.targets);
}

net::Task<absl::StatusOr<Expansion::Addresses>> Expansion::LookUpVirtual(
    mail::Address address) const {
  const absl::StatusOr<bool> is_local = co_await book_->IsLocal(address.domain);
  if (!is_local.ok()) {
    co_return LookupError("mydestination", address,
                          is_local.status().message());
  }
  const absl::StatusOr<std::optional<AddressMap::Match>> match =
      co_await virtual_aliases_.Find(address, *is_local);
  if (!match.ok()) {
    co_return LookupError("virtual_alias_maps", address,
                          match.status().message());
  }
  if (!match->has_value()) co_return Addresses();
  Addresses found = AddressesIn(**match, address, propagates_virtual_);
  if (found.empty()) {
    co_return ExpansionError("virtual_alias_maps", address,
                             "the value has no address");
  }
  for (mail::Address& one : found) {
    one = canonical_.Complete(std::move(one));
    if (one.ToString().size() > address_length_limit_) {
      co_return ExpansionError("virtual_alias_maps", address,
                               "an address is too long");
    }
  }
  co_return found;
}

// Every address is replaced by what it stands for until it stands for nothing,
// or for itself once.
net::Task<absl::StatusOr<Expansion::Addresses>> Expansion::ExpandVirtual(
    mail::Address address) const {
  Addresses all = {address};
  if (virtual_aliases_.empty()) co_return all;
  absl::flat_hash_set<std::string> own_values;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all.size() > expansion_limit_) {
      co_return ExpansionError("virtual_alias_maps", address,
                               "too many addresses");
    }
    for (size_t round = 0; !own_values.contains(Folded(all[i])); ++round) {
      if (round >= recursion_limit_) {
        co_return ExpansionError("virtual_alias_maps", address,
                                 "there is no end");
      }
      const mail::Address asked = all[i];
      CO_ASSIGN_OR_RETURN(Addresses found, co_await LookUpVirtual(asked));
      if (found.empty()) break;
      for (const mail::Address& one : found) {
        if (Folded(one) == Folded(asked)) own_values.insert(Folded(one));
      }
      all[i] = found.front();
      all.insert(all.end(), found.begin() + 1, found.end());
      if (all.size() > 2 * kMaxTargets) break;  // The limit above says no.
    }
  }
  co_return all;
}

net::Task<absl::Status> Expansion::ExpandLocal(Work work,
                                               Course& course) const {
  const absl::StatusOr<AddressClass> address_class =
      co_await book_->ClassOf(work.address);
  if (!address_class.ok()) {
    co_return LookupError("mydestination", work.address,
                          address_class.status().message());
  }
  const std::string name = absl::AsciiStrToLower(work.address.local_part);
  std::optional<AddressMap::Match> match;
  if (*address_class == AddressClass::kLocal && work.alias != name) {
    const mail::Address user = {work.address.local_part, ""};
    absl::StatusOr<std::optional<AddressMap::Match>> found =
        co_await aliases_.Find(user, false);
    if (!found.ok()) {
      co_return LookupError("alias_maps", work.address,
                            found.status().message());
    }
    match = *std::move(found);
  }
  if (!match) {
    course.targets.push_back({work.address, work.owner, "", "", ""});
    co_return absl::OkStatus();
  }
  if (work.depth >= kMaxAliasDepth) {
    course.targets.push_back(
        {work.address, work.owner,
         absl::StrCat("5.4.6 alias database loop for ", name), "", ""});
    co_return absl::OkStatus();
  }
  const absl::string_view base =
      absl::StripSuffix(name, absl::AsciiStrToLower(match->extension));
  const mail::Address owner = {absl::StrCat("owner-", base), ""};
  const absl::StatusOr<std::optional<AddressMap::Match>> has_owner =
      co_await aliases_.Find(owner, false);
  if (!has_owner.ok()) {
    co_return LookupError("alias_maps", owner, has_owner.status().message());
  }
  if (has_owner->has_value() && !absl::StartsWith(name, "owner-")) {
    work.owner = book_->Complete(owner).ToString();
  }
  absl::StatusOr<std::vector<AliasItem>> items = ParseAliasValue(match->value);
  if (!items.ok()) {
    co_return ExpansionError("alias_maps", work.address,
                             items.status().message());
  }
  if (propagates_alias_ && !match->extension.empty()) {
    for (AliasItem& item : *items) {
      if (item.kind == AliasItem::Kind::kAddress) {
        item.address.local_part += match->extension;
      }
    }
  }
  work.alias = name;
  ++work.depth;
  absl::Status added =
      co_await AddValues(*std::move(items), std::move(work), course);
  co_return added;
}

net::Task<absl::Status> Expansion::AddValues(std::vector<AliasItem> items,
                                             Work parent,
                                             Course& course) const {
  for (AliasItem& item : items) {
    Work next = parent;
    switch (item.kind) {
      case AliasItem::Kind::kAddress:
        next.is_included = false;
        next.address = canonical_.Complete(std::move(item.address));
        course.work.push_back(std::move(next));
        break;
      case AliasItem::Kind::kCommand:
      case AliasItem::Kind::kFile:
        course.targets.push_back(DestinationOf(std::move(item), parent));
        break;
      case AliasItem::Kind::kInclude: {
        if (!includes_) {
          course.targets.push_back({parent.address, parent.owner,
                                    "5.7.1 mail to include is restricted", "",
                                    ""});
          break;
        }
        next.is_included = true;
        if (++next.depth > kMaxAliasDepth) {
          co_return ExpansionError("alias_maps", parent.address,
                                   "there is no end");
        }
        CO_ASSIGN_OR_RETURN(std::vector<AliasItem> more,
                            co_await ReadIncluded(parent.address, item.text));
        CO_RETURN_IF_ERROR(
            co_await AddValues(std::move(more), std::move(next), course));
        break;
      }
    }
  }
  co_return absl::OkStatus();
}

Target Expansion::DestinationOf(AliasItem item, const Work& parent) const {
  Target target = {parent.address, parent.owner, "", "", ""};
  const bool is_file = item.kind == AliasItem::Kind::kFile;
  const Places& places = is_file ? files_ : commands_;
  if (parent.is_included ? !places.include : !places.alias) {
    target.verdict = absl::StrCat(
        "5.7.1 mail to ", is_file ? "file" : "command", " is restricted");
  } else {
    (is_file ? target.file : target.command) = std::move(item.text);
  }
  return target;
}

net::Task<absl::StatusOr<std::vector<AliasItem>>> Expansion::ReadIncluded(
    mail::Address alias, std::string path) const {
  const auto read = [&path] { return ReadIncludeFile(path); };
  const absl::StatusOr<std::string> content = co_await net::Blocking(read);
  if (!content.ok()) {
    co_return LookupError("alias_maps", alias, content.status().message());
  }
  absl::StatusOr<std::vector<AliasItem>> items = ParseInclude(*content);
  if (!items.ok()) {
    co_return ExpansionError("alias_maps", alias, items.status().message());
  }
  co_return items;
}

}  // namespace postern::mta::rewriting
