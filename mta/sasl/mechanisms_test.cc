#include "mta/sasl/mechanisms.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::sasl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

TEST(MechanismsTest, TheFirstElementThatFitsDecides) {
  struct Case {
    const char* why;
    std::vector<std::string> elements;
    bool allows_plain;
    bool allows_ntlm;
  };
  const Case cases[] = {
      {"nothing", {}, false, false},
      {"all", {"static:rest"}, true, true},
      {"all but one", {"!NTLM", "static:rest"}, true, false},
      {"only one", {"plain"}, true, false},
      {"the first", {"!plain", "PLAIN", "static:rest"}, false, true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    const auto filter = MechanismFilter::Create(c.elements);
    ASSERT_THAT(filter, IsOk());
    EXPECT_EQ(filter->Allows("PLAIN"), c.allows_plain);
    EXPECT_EQ(filter->Allows("NTLM"), c.allows_ntlm);
  }
}

TEST(MechanismsTest, WantsNamesInTheFilter) {
  for (const char* element :
       {"", "!", "hash:/etc/mechanisms", "static:plain"}) {
    const std::vector<std::string> elements = {element};
    EXPECT_THAT(
        MechanismFilter::Create(elements),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is wanted")))
        << element;
  }
}

TEST(MechanismsTest, ReadsSecurityOptions) {
  const std::vector<std::string> all = {"noplaintext",     "noactive",
                                        "nodictionary",    "noanonymous",
                                        "forward_secrecy", "mutual_auth"};
  const SecurityOptions options = SecurityOptions::Parse(all).value();
  EXPECT_TRUE(options.no_plaintext && options.no_active &&
              options.no_dictionary && options.no_anonymous &&
              options.forward_secrecy && options.mutual_auth);
  const std::vector<std::string> wrong = {"noplain"};
  EXPECT_THAT(SecurityOptions::Parse(wrong),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("\"noplain\" is not a security option")));
}

TEST(MechanismsTest, LabelsComeFromAClosedSet) {
  EXPECT_EQ(MechanismLabel("SCRAM-SHA-256"), "SCRAM-SHA-256");
  EXPECT_EQ(MechanismLabel("X-INVENTED-BY-A-PEER"), "other");
  EXPECT_EQ(MechanismLabels().back(), "other");
}

}  // namespace
}  // namespace postern::mta::sasl
