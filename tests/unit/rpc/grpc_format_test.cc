#include "rpc/grpc_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tikv::rpc {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

std::string timeout(core::Duration duration) { return std::string(encode_timeout(duration).view()); }

TEST(GrpcFormatTest, TimeoutTakesTheFinestUnitThatFitsEightDigits) {
  EXPECT_EQ(timeout(1ns), "1n");
  EXPECT_EQ(timeout(99'999'999ns), "99999999n");
  EXPECT_EQ(timeout(100ms), "100000u");
  EXPECT_EQ(timeout(99'999'999us), "99999999u");
  EXPECT_EQ(timeout(100s), "100000m");
  EXPECT_EQ(timeout(99'999'999ms), "99999999m");
  EXPECT_EQ(timeout(100'000s), "100000S");
  EXPECT_EQ(timeout(99'999'999s), "99999999S");
  EXPECT_EQ(timeout(100'000'000s), "1666667M");
  EXPECT_EQ(timeout(core::Duration::max()), "2562048H");
}

TEST(GrpcFormatTest, TimeoutIsRoundedUpAndNeverZero) {
  EXPECT_EQ(timeout(100'000'001ns), "100001u");
  EXPECT_EQ(timeout(0ns), "1n");
  EXPECT_EQ(timeout(-5s), "1n");
}

TEST(GrpcFormatTest, PercentDecodingKeepsWhatIsNotAnEscape) {
  EXPECT_EQ(percent_decode("plain"), "plain");
  EXPECT_EQ(percent_decode("a%20b%0Ac"), "a b\nc");
  EXPECT_EQ(percent_decode("%e2%82%aC"), "\xe2\x82\xac");
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_decode("%4"), "%4");
  EXPECT_EQ(percent_decode("%zz%41"), "%zzA");
}

TEST(GrpcFormatTest, Base64OfEveryLengthComesBack) {
  std::string bytes;
  for (int i = 0; i < 70; ++i) {
    const std::string text = base64_encode(bytes);
    EXPECT_THAT(text, testing::Not(HasSubstr("=")));
    std::string back;
    EXPECT_TRUE(base64_decode(text, back));
    EXPECT_EQ(back, bytes);
    const std::string padded = text + std::string((4 - text.size() % 4) % 4, '=');
    EXPECT_TRUE(base64_decode(padded, back));
    EXPECT_EQ(back, bytes);
    bytes.push_back(static_cast<char>(i * 37 + 200));
  }
  EXPECT_EQ(base64_encode("any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw");
}

TEST(GrpcFormatTest, WhatIsNotBase64IsRefused) {
  std::string back;
  EXPECT_FALSE(base64_decode("a", back));
  EXPECT_FALSE(base64_decode("ab c", back));
  EXPECT_FALSE(base64_decode("ab-_", back));
}

TEST(GrpcFormatTest, HttpStatusBecomesTheStatusOfTheMapping) {
  const std::pair<int, StatusCode> table[] = {
      {400, StatusCode::internal},      {401, StatusCode::unauthenticated}, {403, StatusCode::permission_denied},
      {404, StatusCode::unimplemented}, {429, StatusCode::unavailable},     {502, StatusCode::unavailable},
      {503, StatusCode::unavailable},   {504, StatusCode::unavailable},     {500, StatusCode::unknown},
      {200, StatusCode::unknown},       {302, StatusCode::unknown},         {0, StatusCode::unknown}};
  for (const auto& [http, code] : table) EXPECT_EQ(status_of_http(http), code) << http;
}

TEST(GrpcFormatTest, ResetCodeBecomesTheStatusOfTheMapping) {
  const StatusCode expected[] = {StatusCode::internal,          StatusCode::internal,    StatusCode::internal,
                                 StatusCode::internal,          StatusCode::internal,    StatusCode::unknown,
                                 StatusCode::internal,          StatusCode::unavailable, StatusCode::cancelled,
                                 StatusCode::internal,          StatusCode::internal,    StatusCode::resource_exhausted,
                                 StatusCode::permission_denied, StatusCode::unknown};
  for (std::uint32_t code = 0; code < std::size(expected); ++code) {
    EXPECT_EQ(status_of_reset(code), expected[code]) << name_of_reset(code);
  }
  EXPECT_EQ(name_of_reset(0xb), "ENHANCE_YOUR_CALM");
  EXPECT_EQ(name_of_reset(77), "an unknown error code");
}

TEST(GrpcFormatTest, StatusThatDoesNotExistIsUnknown) {
  EXPECT_EQ(parse_status("0"), StatusCode::ok);
  EXPECT_EQ(parse_status("16"), StatusCode::unauthenticated);
  for (const char* text : {"17", "-1", "", "4x", " 4", "99999999999"}) {
    EXPECT_EQ(parse_status(text), StatusCode::unknown) << text;
  }
}

TEST(GrpcFormatTest, MetadataThatCannotTravelIsNamed) {
  EXPECT_THAT(check_header("x-token", "value"), IsEmpty());
  EXPECT_THAT(check_header("x-data-bin", std::string("\0\xff", 2)), IsEmpty());
  EXPECT_THAT(check_header("X-Token", "v"), HasSubstr("X-Token"));
  EXPECT_THAT(check_header(":path", "v"), HasSubstr(":path"));
  EXPECT_THAT(check_header("", "v"), HasSubstr("lower-case"));
  EXPECT_THAT(check_header("grpc-timeout", "1n"), HasSubstr("belongs to the protocol"));
  EXPECT_THAT(check_header("content-type", "x"), HasSubstr("belongs to the protocol"));
  EXPECT_THAT(check_header("x-token", "a\nb"), HasSubstr("-bin"));
}

}  // namespace
}  // namespace tikv::rpc
