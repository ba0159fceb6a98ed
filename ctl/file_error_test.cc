#include "ctl/file_error.h"

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace postern::ctl {
namespace {

TEST(FileErrorTest, WhatAFileHasIsNoWrongArgument) {
  EXPECT_EQ(FileError("table:1", absl::InvalidArgumentError("no key")),
            absl::FailedPreconditionError("table:1: no key"));
  EXPECT_EQ(FileError("", absl::InvalidArgumentError("table:1: no key")),
            absl::FailedPreconditionError("table:1: no key"));
}

TEST(FileErrorTest, OtherErrorsStayWhatTheyAre) {
  EXPECT_EQ(FileError("a", absl::NotFoundError("b")),
            absl::NotFoundError("a: b"));
}

}  // namespace
}  // namespace postern::ctl
