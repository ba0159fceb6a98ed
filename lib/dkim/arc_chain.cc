#include "lib/dkim/arc_chain.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lib/mail/field_scanner.h"
#include "lib/mail/tag_list.h"

namespace postern::dkim {
namespace {

constexpr std::array<const char*, 3> kFields = {kArcResults, kArcSignature,
                                                kArcSeal};

// Returns an instance from 1 to 50.
std::optional<int> Instance(absl::string_view text) {
  int instance = 0;
  if (text.empty() || text.size() > 2 ||
      !std::all_of(text.begin(), text.end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(text, &instance) || instance < 1 ||
      instance > ArcChain::kMaxInstances) {
    return std::nullopt;
  }
  return instance;
}

// Takes "i=1;" from the front of the value of results.
std::optional<int> TakeInstance(absl::string_view& value) {
  mail::FieldScanner scanner(value);
  const auto take = [&scanner](char c) {
    return scanner.SkipSpace() && scanner.Take(c);
  };
  if (!take('i') || !take('=') || !scanner.SkipSpace()) return std::nullopt;
  const std::optional<std::string> number = scanner.Value();
  if (!number || !take(';')) return std::nullopt;
  value = scanner.rest();
  return Instance(*number);
}

std::optional<int> InstanceOf(const char* name, absl::string_view value) {
  if (name == kArcResults) return TakeInstance(value);
  const absl::StatusOr<mail::TagList> tags = mail::TagList::Parse(value);
  const mail::TagList::Tag* const tag = tags.ok() ? tags->Find("i") : nullptr;
  return tag == nullptr ? std::nullopt : Instance(tag->value);
}

std::string ReadSeal(absl::string_view value, ArcSet& set) {
  const absl::StatusOr<mail::TagList> tags = mail::TagList::Parse(value);
  if (!tags.ok()) return std::string(tags.status().message());
  set.seal = Signature::ParseSeal(*tags);
  if (!set.seal.fault.empty()) return set.seal.fault;
  const mail::TagList::Tag* const cv = tags->Find("cv");
  if (cv == nullptr) return "cv= is missing";
  set.cv = absl::AsciiStrToLower(cv->value);
  return "";
}

std::string ReadSignature(absl::string_view value, ArcSet& set) {
  const absl::StatusOr<mail::TagList> tags = mail::TagList::Parse(value);
  if (!tags.ok()) return std::string(tags.status().message());
  set.signature = Signature::ParseArc(*tags);
  if (set.signature.Signs(kArcSeal)) return "h= has ARC-Seal";
  return set.signature.fault;
}

std::string ReadSet(const HeaderFields& header, int instance, ArcSet& set) {
  std::string fault = ReadSeal(header.At(set.seal_index).value, set);
  if (!fault.empty()) return absl::StrCat("a seal is wrong: ", fault);
  fault = ReadSignature(header.At(set.signature_index).value, set);
  if (!fault.empty()) return absl::StrCat("a signature is wrong: ", fault);
  if (set.cv == "fail") return "a seal says that the chain has failed";
  if (set.cv != (instance == 1 ? "none" : "pass")) {
    return "the cv= of a seal is not what it must be";
  }
  absl::string_view value = header.At(set.results_index).value;
  TakeInstance(value);
  absl::StatusOr<mail::AuthResults> results = mail::AuthResults::Parse(value);
  if (results.ok()) set.results = *std::move(results);
  return "";
}

// Where each field of each set is, as they are found.
using Places = std::array<std::vector<std::optional<size_t>>, kFields.size()>;

std::string FindFields(const HeaderFields& header, Places& places,
                       int& highest) {
  for (size_t kind = 0; kind < kFields.size(); ++kind) {
    places[kind].resize(ArcChain::kMaxInstances);
    const std::vector<uint32_t>& indices = header.Named(kFields[kind]);
    if (indices.size() > static_cast<size_t>(ArcChain::kMaxInstances)) {
      return "there are too many sets";
    }
    for (const uint32_t index : indices) {
      const std::optional<int> instance =
          InstanceOf(kFields[kind], header.At(index).value);
      if (!instance) return absl::StrCat(kFields[kind], " has no instance");
      auto& place = places[kind][static_cast<size_t>(*instance) - 1];
      if (place) return absl::StrCat(kFields[kind], " is there twice");
      place = index;
      highest = std::max(highest, *instance);
    }
  }
  return "";
}

std::string ReadSets(const HeaderFields& header, ArcChain& chain) {
  if (header.is_cut()) return "the header is too large";
  Places places;
  std::string fault = FindFields(header, places, chain.highest_instance);
  if (!fault.empty()) return fault;
  for (int i = 0; i < chain.highest_instance; ++i) {
    const auto at = static_cast<size_t>(i);
    if (!places[0][at] || !places[1][at] || !places[2][at]) {
      return "a set is not complete";
    }
    chain.sets.push_back({.results_index = *places[0][at],
                          .signature_index = *places[1][at],
                          .seal_index = *places[2][at]});
  }
  for (int i = chain.highest_instance; i > 0; --i) {
    ArcSet& set = chain.sets[static_cast<size_t>(i) - 1];
    fault = ReadSet(header, i, set);
    if (i == chain.highest_instance) chain.is_marked_failed = set.cv == "fail";
    if (!fault.empty()) return fault;
  }
  return "";
}

}  // namespace

ArcChain ArcChain::Read(const HeaderFields& header) {
  ArcChain chain;
  chain.fault = ReadSets(header, chain);
  if (!chain.fault.empty()) chain.sets.clear();
  return chain;
}

}  // namespace postern::dkim
