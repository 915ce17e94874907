#include "support/net/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace tikv::testing_support {
namespace {

template <class T, void (*Free)(T*)>
struct Freer {
  void operator()(T* object) const noexcept { Free(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509, X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION, X509_EXTENSION_free>>;

void check(bool fine, const char* what) {
  if (!fine) throw std::runtime_error(std::string("cannot make a certificate: ") + what);
}

Key make_key() {
  Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  check(key != nullptr, "key");
  return key;
}

void add(X509& certificate, X509& issuer, int what, const char* value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, what, value));
  check(extension != nullptr && X509_add_ext(&certificate, extension.get(), -1) == 1, value);
}

struct Wish {
  const char* name;
  long serial;
  const char* alternatives = nullptr;  // null: an authority
  long valid_from = -3600;
  long valid_to = 24L * 3600;
};

Certificate make_certificate(const Wish& wish, EVP_PKEY& key, X509* issuer, EVP_PKEY& issuer_key) {
  Certificate certificate(X509_new());
  check(certificate != nullptr, "memory");
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), wish.serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), wish.valid_from);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), wish.valid_to);
  X509_set_pubkey(certificate.get(), &key);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  const std::string name = wish.name;
  const std::vector<unsigned char> text(name.begin(), name.end());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, text.data(), static_cast<int>(text.size()), -1, 0);
  X509& signer = issuer != nullptr ? *issuer : *certificate;
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(&signer));
  add(*certificate, signer, NID_basic_constraints, wish.alternatives == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
  if (wish.alternatives != nullptr) add(*certificate, signer, NID_subject_alt_name, wish.alternatives);
  check(X509_sign(certificate.get(), &issuer_key, EVP_sha256()) != 0, "signature");
  return certificate;
}

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File open(const std::string& path) {
  File file(std::fopen(path.c_str(), "we"), &std::fclose);
  check(file != nullptr, path.c_str());
  return file;
}

void write_certificate(const std::string& path, X509& certificate) {
  check(PEM_write_X509(open(path).get(), &certificate) == 1, path.c_str());
}

void write_key(const std::string& path, EVP_PKEY& key) {
  check(PEM_write_PrivateKey(open(path).get(), &key, nullptr, nullptr, 0, nullptr, nullptr) == 1, path.c_str());
}

}  // namespace

Certificates::Certificates() {
  std::string folder = (std::filesystem::temp_directory_path() / "tikv-test-XXXXXX").string();
  check(::mkdtemp(folder.data()) != nullptr, "folder");
  folder_ = folder;
  const Key ca_key = make_key();
  const Certificate ca = make_certificate({"tikv test authority", 1}, *ca_key, nullptr, *ca_key);
  write_certificate(path("ca.pem"), *ca);
  const Key other_key = make_key();
  const Certificate other = make_certificate({"tikv other authority", 1}, *other_key, nullptr, *other_key);
  write_certificate(path("other-ca.pem"), *other);
  const auto issue = [&](const std::string& file, const Wish& wish) {
    const Key key = make_key();
    const Certificate certificate = make_certificate(wish, *key, ca.get(), *ca_key);
    write_certificate(path(file + ".pem"), *certificate);
    write_key(path(file + ".key"), *key);
  };
  issue("server", {"server", 2, "IP:127.0.0.1,IP:::1,DNS:localhost,DNS:pd.test"});
  issue("client", {"client", 3, "DNS:client.test"});
  issue("short", {"short", 5, "DNS:client.test", -3600, 3600});
  issue("expired", {"expired", 4, "IP:127.0.0.1,DNS:pd.test", -7200, -3600});
}

Certificates::~Certificates() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string Certificates::write(const std::string& name, const std::string& content) const {
  std::ofstream(path(name), std::ios::binary) << content;
  return path(name);
}

}  // namespace tikv::testing_support
