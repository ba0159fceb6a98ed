#include "mta/smtp/extension.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace postern::mta::smtp {
namespace {

using Words = std::vector<absl::string_view>;

// Those that are there or not, in the order in which we offer them.
struct Keyword {
  absl::string_view name;
  bool Extensions::*member;
  absl::string_view parameters = "";  // That our server offers.
};
constexpr Keyword kKeywords[] = {
    {"PIPELINING", &Extensions::pipelining},
    {"STARTTLS", &Extensions::starttls},
    {"ENHANCEDSTATUSCODES", &Extensions::enhanced_status_codes},
    {"8BITMIME", &Extensions::eight_bit_mime},
    {"DSN", &Extensions::dsn},
    {"SMTPUTF8", &Extensions::smtputf8},
    {"CHUNKING", &Extensions::chunking},
    {"REQUIRETLS", &Extensions::requiretls},
    {"XCLIENT", &Extensions::xclient,
     " NAME ADDR PROTO HELO REVERSE_NAME PORT LOGIN DESTADDR DESTPORT"},
    {"XFORWARD", &Extensions::xforward,
     " NAME ADDR PROTO HELO SOURCE PORT IDENT"},
    {"XHANDOFF", &Extensions::xhandoff},
};

uint32_t ReadLimit(absl::string_view digits) {
  uint32_t limit = 0;
  return absl::SimpleAtoi(digits, &limit) ? limit : 0;
}

// RFC 9422 section 3: "LIMITS RCPTMAX=100 MAILMAX=5".
void ReadLimits(const Words& words, Extensions& offered) {
  for (size_t i = 1; i < words.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> limit =
        absl::StrSplit(words[i], absl::MaxSplits('=', 1));
    if (absl::EqualsIgnoreCase(limit.first, "RCPTMAX")) {
      offered.max_recipients = ReadLimit(limit.second);
    } else if (absl::EqualsIgnoreCase(limit.first, "MAILMAX")) {
      offered.max_messages = ReadLimit(limit.second);
    }
  }
}

void ReadKeyword(absl::string_view line, Extensions& offered) {
  const Words words =
      absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (words.empty()) return;
  for (const Keyword& keyword : kKeywords) {
    if (absl::EqualsIgnoreCase(words[0], keyword.name)) {
      offered.*keyword.member = true;
      return;
    }
  }
  if (absl::EqualsIgnoreCase(words[0], "SIZE")) {
    offered.size = true;
    int64_t limit = 0;
    if (words.size() == 2 && absl::SimpleAtoi(words[1], &limit) && limit > 0) {
      offered.size_limit_bytes = limit;
    }
  } else if (absl::StartsWithIgnoreCase(words[0], "AUTH=")) {
    offered.auth_with_equals_sign = true;
    if (offered.auth_mechanisms.empty()) {
      offered.auth_mechanisms = absl::StrJoin(words, " ").substr(5);
    }
  } else if (absl::EqualsIgnoreCase(words[0], "AUTH")) {
    offered.auth_mechanisms =
        absl::StrJoin(words.begin() + 1, words.end(), " ");
  } else if (absl::EqualsIgnoreCase(words[0], "LIMITS")) {
    ReadLimits(words, offered);
  }
}

void AppendLimits(const Extensions& offered, std::string& text) {
  if (offered.max_recipients == 0 && offered.max_messages == 0) return;
  absl::StrAppend(&text, "\nLIMITS");
  if (offered.max_messages > 0) {
    absl::StrAppend(&text, " MAILMAX=", offered.max_messages);
  }
  if (offered.max_recipients > 0) {
    absl::StrAppend(&text, " RCPTMAX=", offered.max_recipients);
  }
}

}  // namespace

std::string EhloText(absl::string_view hostname, const Extensions& offered) {
  std::string text(hostname);
  for (const Keyword& keyword : kKeywords) {
    if (offered.*keyword.member) {
      absl::StrAppend(&text, "\n", keyword.name, keyword.parameters);
    }
  }
  if (offered.size) absl::StrAppend(&text, "\nSIZE");
  if (offered.size && offered.size_limit_bytes > 0) {
    absl::StrAppend(&text, " ", offered.size_limit_bytes);
  }
  if (!offered.auth_mechanisms.empty()) {
    absl::StrAppend(&text, "\nAUTH ", offered.auth_mechanisms);
    if (offered.auth_with_equals_sign) {
      absl::StrAppend(&text, "\nAUTH=", offered.auth_mechanisms);
    }
  }
  AppendLimits(offered, text);
  return text;
}

bool Withdraw(absl::string_view keyword, Extensions& offered) {
  for (const Keyword& known : kKeywords) {
    if (absl::EqualsIgnoreCase(keyword, known.name)) {
      offered.*known.member = false;
      return true;
    }
  }
  if (absl::EqualsIgnoreCase(keyword, "SIZE")) {
    offered.size = false;
  } else if (absl::EqualsIgnoreCase(keyword, "AUTH")) {
    offered.auth_mechanisms.clear();
  } else if (absl::EqualsIgnoreCase(keyword, "LIMITS")) {
    offered.max_recipients = 0;
    offered.max_messages = 0;
  } else {
    return false;
  }
  return true;
}

Extensions ParseEhlo(const Reply& reply) {
  Extensions offered;
  const Words lines = absl::StrSplit(reply.text, '\n');
  // The first line is the server's name and greeting.
  for (size_t i = 1; i < lines.size(); ++i) ReadKeyword(lines[i], offered);
  return offered;
}

}  // namespace postern::mta::smtp
