#include "mta/sasl/library.h"

#include <sasl/sasl.h>

#include "gtest/gtest.h"

namespace postern::mta::sasl {
namespace {

class LibraryTest : public ::testing::Test {
 protected:
  LibraryTest() {
    SetUpLibrary();
    SetUpLibrary();  // The second time it does nothing.
    static const sasl_callback_t callbacks[] = {LogCallback(), kLastCallback};
    EXPECT_EQ(sasl_client_init(callbacks), SASL_OK);
    EXPECT_EQ(sasl_client_new("smtp", "mx.example.org", nullptr, nullptr,
                              nullptr, 0, &connection_),
              SASL_OK);
  }
  ~LibraryTest() override { sasl_dispose(&connection_); }

  int Start(const char* mechanisms) {
    const char* out = nullptr;
    const char* chosen = nullptr;
    unsigned size = 0;
    return sasl_client_start(connection_, mechanisms, nullptr, &out, &size,
                             &chosen);
  }

  sasl_conn_t* connection_ = nullptr;
};

TEST_F(LibraryTest, WhatIsDemandedHolds) {
  EXPECT_TRUE(Demand({.no_anonymous = true}, connection_));
  EXPECT_EQ(Start("ANONYMOUS"), SASL_NOMECH);
  EXPECT_TRUE(Demand({}, connection_));
  EXPECT_NE(Start("ANONYMOUS"), SASL_NOMECH);
}

TEST_F(LibraryTest, TheLogTakesAnyLevelButNoNullText) {
  const auto log = reinterpret_cast<int (*)(void*, int, const char*)>(
      reinterpret_cast<void (*)()>(LogCallback().proc));
  for (int level = SASL_LOG_NONE; level <= SASL_LOG_PASS; ++level) {
    EXPECT_EQ(log(nullptr, level, "text"), SASL_OK);
  }
  EXPECT_EQ(log(nullptr, SASL_LOG_ERR, nullptr), SASL_BADPARAM);
}

}  // namespace
}  // namespace postern::mta::sasl
