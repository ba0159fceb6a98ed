#include "mta/tls_report/gzip.h"

#include <string>

#include "gtest/gtest.h"
#include "lib/base/random.h"
#include "mta/tls_report/test_gunzip.h"

namespace postern::mta::tls_report {
namespace {

TEST(GzipTest, WhatItMakesCanBeReadAgain) {
  const std::string repeated(100'000, 'x');
  for (const std::string& text :
       {std::string("{}"), repeated, RandomName(10'000)}) {
    EXPECT_EQ(Gunzip(Gzip(text)), text);
  }
  EXPECT_LT(Gzip(repeated).size(), 1000);
}

TEST(GzipTest, BeginsAsAGzipFileDoes) {
  EXPECT_EQ(Gzip("").substr(0, 3), "\x1f\x8b\x08");
}

}  // namespace
}  // namespace postern::mta::tls_report
