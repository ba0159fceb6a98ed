#include "mta/sasl/mechanisms.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"

namespace postern::mta::sasl {
namespace {

constexpr absl::string_view kLabels[] = {
    "PLAIN",       "LOGIN",         "CRAM-MD5",      "DIGEST-MD5",
    "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512", "other"};

}  // namespace

absl::StatusOr<MechanismFilter> MechanismFilter::Create(
    absl::Span<const std::string> elements) {
  MechanismFilter filter;
  for (const std::string& text : elements) {
    absl::string_view name = text;
    Element element;
    element.is_allowed = !absl::ConsumePrefix(&name, "!");
    if (name != "static:rest") element.name = absl::AsciiStrToLower(name);
    if (name.empty() || absl::StrContains(element.name, ':')) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", Printable(text),
                       "\": a mechanism, !mechanism or static:rest is wanted"));
    }
    filter.elements_.push_back(std::move(element));
  }
  return filter;
}

bool MechanismFilter::Allows(absl::string_view mechanism) const {
  for (const Element& element : elements_) {
    if (element.name.empty() ||
        absl::EqualsIgnoreCase(element.name, mechanism)) {
      return element.is_allowed;
    }
  }
  return false;
}

absl::StatusOr<SecurityOptions> SecurityOptions::Parse(
    absl::Span<const std::string> names) {
  SecurityOptions options;
  const struct {
    absl::string_view name;
    bool& value;
  } known[] = {
      {"noplaintext", options.no_plaintext},
      {"noactive", options.no_active},
      {"nodictionary", options.no_dictionary},
      {"noanonymous", options.no_anonymous},
      {"forward_secrecy", options.forward_secrecy},
      {"mutual_auth", options.mutual_auth},
  };
  for (const std::string& name : names) {
    bool is_known = false;
    for (const auto& option : known) {
      if (option.name != name) continue;
      option.value = true;
      is_known = true;
    }
    if (!is_known) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", Printable(name), "\" is not a security option"));
    }
  }
  return options;
}

absl::string_view MechanismLabel(absl::string_view mechanism) {
  for (const absl::string_view label : kLabels) {
    if (label == mechanism) return label;
  }
  return "other";
}

absl::Span<const absl::string_view> MechanismLabels() { return kLabels; }

}  // namespace postern::mta::sasl
