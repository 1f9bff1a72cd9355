/* SPDX-License-Identifier: ISC */
/*
 * OpenSSL, loaded when TLS is asked for and not before: linked, it would cost
 * each run without TLS more time than the rest of its start.  A function that
 * is used is named twice below; one that is forgotten does not link.
 */
#ifndef TLS_OPENSSL_H
#define TLS_OPENSSL_H

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/error.h"

/*
 * Load the library, once; to be called before there are threads, and before any
 * of the functions below.  RESULT_LOCAL.
 */
enum result	openssl_load(struct error *err);

#define OPENSSL_FUNCTIONS(F) \
	F(ASN1_INTEGER_cmp) \
	F(ASN1_STRING_get0_data) \
	F(ASN1_STRING_length) \
	F(ASN1_TIME_to_tm) \
	F(BIO_ADDR_free) \
	F(BIO_ADDR_new) \
	F(BIO_clear_flags) \
	F(BIO_ctrl) \
	F(BIO_free) \
	F(BIO_get_data) \
	F(BIO_get_new_index) \
	F(BIO_meth_free) \
	F(BIO_meth_new) \
	F(BIO_meth_set_ctrl) \
	F(BIO_meth_set_read) \
	F(BIO_meth_set_write) \
	F(BIO_new) \
	F(BIO_new_mem_buf) \
	F(BIO_new_socket) \
	F(BIO_s_mem) \
	F(BIO_set_data) \
	F(BIO_set_flags) \
	F(BIO_set_init) \
	F(BN_bin2bn) \
	F(BN_free) \
	F(BN_to_ASN1_INTEGER) \
	F(CRYPTO_get_ex_new_index) \
	F(CRYPTO_memcmp) \
	F(CRYPTO_set_mem_functions) \
	F(DTLS_client_method) \
	F(DTLS_get_data_mtu) \
	F(DTLS_server_method) \
	F(DTLSv1_listen) \
	F(ERR_clear_error) \
	F(ERR_peek_error) \
	F(ERR_peek_last_error) \
	F(ERR_reason_error_string) \
	F(EVP_PKEY_Q_keygen) \
	F(EVP_PKEY_free) \
	F(EVP_get_digestbyname) \
	F(EVP_sha256) \
	F(GENERAL_NAMES_free) \
	F(GENERAL_NAME_get0_value) \
	F(HMAC) \
	F(OBJ_nid2sn) \
	F(OBJ_obj2nid) \
	F(OCSP_BASICRESP_free) \
	F(OCSP_CERTID_free) \
	F(OCSP_RESPONSE_free) \
	F(OCSP_SINGLERESP_get0_id) \
	F(OCSP_basic_verify) \
	F(OCSP_cert_status_str) \
	F(OCSP_cert_to_id) \
	F(OCSP_check_validity) \
	F(OCSP_id_cmp) \
	F(OCSP_id_get0_info) \
	F(OCSP_resp_count) \
	F(OCSP_resp_get0) \
	F(OCSP_response_get1_basic) \
	F(OCSP_response_status) \
	F(OCSP_response_status_str) \
	F(OCSP_single_get0_status) \
	F(OPENSSL_init_ssl) \
	F(OPENSSL_sk_num) \
	F(OPENSSL_sk_value) \
	F(PEM_read_bio_PrivateKey) \
	F(PEM_read_bio_X509_AUX) \
	F(PEM_write_bio_X509) \
	F(RAND_bytes) \
	F(SSL_CIPHER_get_name) \
	F(SSL_CTX_add_client_CA) \
	F(SSL_CTX_add_custom_ext) \
	F(SSL_CTX_check_private_key) \
	F(SSL_CTX_ctrl) \
	F(SSL_CTX_free) \
	F(SSL_CTX_get0_certificate) \
	F(SSL_CTX_get0_param) \
	F(SSL_CTX_get0_privatekey) \
	F(SSL_CTX_get_cert_store) \
	F(SSL_CTX_get_ex_data) \
	F(SSL_CTX_load_verify_dir) \
	F(SSL_CTX_new) \
	F(SSL_CTX_set_alpn_protos) \
	F(SSL_CTX_set_alpn_select_cb) \
	F(SSL_CTX_set_cert_verify_callback) \
	F(SSL_CTX_set_cipher_list) \
	F(SSL_CTX_set_ciphersuites) \
	F(SSL_CTX_set_cookie_generate_cb) \
	F(SSL_CTX_set_cookie_verify_cb) \
	F(SSL_CTX_set_default_verify_paths) \
	F(SSL_CTX_set_ex_data) \
	F(SSL_CTX_set_keylog_callback) \
	F(SSL_CTX_set_num_tickets) \
	F(SSL_CTX_set_options) \
	F(SSL_CTX_set_verify) \
	F(SSL_CTX_up_ref) \
	F(SSL_CTX_use_PrivateKey) \
	F(SSL_CTX_use_certificate) \
	F(SSL_ctrl) \
	F(SSL_do_handshake) \
	F(SSL_free) \
	F(SSL_get0_alpn_selected) \
	F(SSL_get0_param) \
	F(SSL_get0_peer_certificate) \
	F(SSL_get0_verified_chain) \
	F(SSL_get_SSL_CTX) \
	F(SSL_get_current_cipher) \
	F(SSL_get_error) \
	F(SSL_get_ex_data) \
	F(SSL_get_ex_data_X509_STORE_CTX_idx) \
	F(SSL_get_peer_cert_chain) \
	F(SSL_get_servername) \
	F(SSL_get_shutdown) \
	F(SSL_get_state) \
	F(SSL_get_verify_mode) \
	F(SSL_get_version) \
	F(SSL_get_wbio) \
	F(SSL_has_pending) \
	F(SSL_is_server) \
	F(SSL_new) \
	F(SSL_read_ex) \
	F(SSL_select_next_proto) \
	F(SSL_set_accept_state) \
	F(SSL_set_bio) \
	F(SSL_set_connect_state) \
	F(SSL_set_default_read_buffer_len) \
	F(SSL_set_ex_data) \
	F(SSL_set_options) \
	F(SSL_set_read_ahead) \
	F(SSL_set_shutdown) \
	F(SSL_shutdown) \
	F(SSL_want) \
	F(SSL_write_ex) \
	F(TLS_client_method) \
	F(TLS_server_method) \
	F(X509V3_EXT_conf_nid) \
	F(X509V3_set_ctx) \
	F(X509_EXTENSION_free) \
	F(X509_NAME_add_entry_by_txt) \
	F(X509_NAME_get_text_by_NID) \
	F(X509_NAME_print_ex) \
	F(X509_STORE_CTX_get0_cert) \
	F(X509_STORE_CTX_get_current_cert) \
	F(X509_STORE_CTX_get_error) \
	F(X509_STORE_CTX_get_error_depth) \
	F(X509_STORE_CTX_get_ex_data) \
	F(X509_STORE_CTX_set_error) \
	F(X509_STORE_add_cert) \
	F(X509_VERIFY_PARAM_set1_host) \
	F(X509_VERIFY_PARAM_set1_ip_asc) \
	F(X509_VERIFY_PARAM_set_flags) \
	F(X509_VERIFY_PARAM_set_hostflags) \
	F(X509_add_ext) \
	F(X509_check_purpose) \
	F(X509_digest) \
	F(X509_free) \
	F(X509_get0_notAfter) \
	F(X509_get0_notBefore) \
	F(X509_get0_serialNumber) \
	F(X509_get_ext_d2i) \
	F(X509_get_issuer_name) \
	F(X509_get_serialNumber) \
	F(X509_get_subject_name) \
	F(X509_getm_notAfter) \
	F(X509_getm_notBefore) \
	F(X509_gmtime_adj) \
	F(X509_new) \
	F(X509_set_issuer_name) \
	F(X509_set_pubkey) \
	F(X509_set_version) \
	F(X509_sign) \
	F(X509_verify_cert) \
	F(X509_verify_cert_error_string) \
	F(d2i_OCSP_RESPONSE)

struct openssl_functions {
#define F(name)	__typeof__(name) *name;
	OPENSSL_FUNCTIONS(F)
#undef F
};

/* Written by openssl_load() alone. */
extern struct openssl_functions openssl_functions;

#ifndef TLS_OPENSSL_LOADER
#define ASN1_INTEGER_cmp	openssl_functions.ASN1_INTEGER_cmp
#define ASN1_STRING_get0_data	openssl_functions.ASN1_STRING_get0_data
#define ASN1_STRING_length	openssl_functions.ASN1_STRING_length
#define ASN1_TIME_to_tm	openssl_functions.ASN1_TIME_to_tm
#define BIO_ADDR_free	openssl_functions.BIO_ADDR_free
#define BIO_ADDR_new	openssl_functions.BIO_ADDR_new
#define BIO_clear_flags	openssl_functions.BIO_clear_flags
#define BIO_ctrl	openssl_functions.BIO_ctrl
#define BIO_free	openssl_functions.BIO_free
#define BIO_get_data	openssl_functions.BIO_get_data
#define BIO_get_new_index	openssl_functions.BIO_get_new_index
#define BIO_meth_free	openssl_functions.BIO_meth_free
#define BIO_meth_new	openssl_functions.BIO_meth_new
#define BIO_meth_set_ctrl	openssl_functions.BIO_meth_set_ctrl
#define BIO_meth_set_read	openssl_functions.BIO_meth_set_read
#define BIO_meth_set_write	openssl_functions.BIO_meth_set_write
#define BIO_new	openssl_functions.BIO_new
#define BIO_new_mem_buf	openssl_functions.BIO_new_mem_buf
#define BIO_new_socket	openssl_functions.BIO_new_socket
#define BIO_s_mem	openssl_functions.BIO_s_mem
#define BIO_set_data	openssl_functions.BIO_set_data
#define BIO_set_flags	openssl_functions.BIO_set_flags
#define BIO_set_init	openssl_functions.BIO_set_init
#define BN_bin2bn	openssl_functions.BN_bin2bn
#define BN_free	openssl_functions.BN_free
#define BN_to_ASN1_INTEGER	openssl_functions.BN_to_ASN1_INTEGER
#define CRYPTO_get_ex_new_index	openssl_functions.CRYPTO_get_ex_new_index
#define CRYPTO_set_mem_functions \
	openssl_functions.CRYPTO_set_mem_functions
#define CRYPTO_memcmp	openssl_functions.CRYPTO_memcmp
#define DTLS_client_method	openssl_functions.DTLS_client_method
#define DTLS_get_data_mtu	openssl_functions.DTLS_get_data_mtu
#define DTLS_server_method	openssl_functions.DTLS_server_method
#define DTLSv1_listen	openssl_functions.DTLSv1_listen
#define ERR_clear_error	openssl_functions.ERR_clear_error
#define ERR_peek_error	openssl_functions.ERR_peek_error
#define ERR_peek_last_error	openssl_functions.ERR_peek_last_error
#define ERR_reason_error_string	openssl_functions.ERR_reason_error_string
#define EVP_PKEY_Q_keygen	openssl_functions.EVP_PKEY_Q_keygen
#define EVP_PKEY_free	openssl_functions.EVP_PKEY_free
#define EVP_get_digestbyname	openssl_functions.EVP_get_digestbyname
#define EVP_sha256	openssl_functions.EVP_sha256
#define GENERAL_NAMES_free	openssl_functions.GENERAL_NAMES_free
#define GENERAL_NAME_get0_value	openssl_functions.GENERAL_NAME_get0_value
#define HMAC	openssl_functions.HMAC
#define OBJ_nid2sn	openssl_functions.OBJ_nid2sn
#define OBJ_obj2nid	openssl_functions.OBJ_obj2nid
#define OCSP_BASICRESP_free	openssl_functions.OCSP_BASICRESP_free
#define OCSP_CERTID_free	openssl_functions.OCSP_CERTID_free
#define OCSP_RESPONSE_free	openssl_functions.OCSP_RESPONSE_free
#define OCSP_SINGLERESP_get0_id	openssl_functions.OCSP_SINGLERESP_get0_id
#define OCSP_basic_verify	openssl_functions.OCSP_basic_verify
#define OCSP_cert_status_str	openssl_functions.OCSP_cert_status_str
#define OCSP_cert_to_id	openssl_functions.OCSP_cert_to_id
#define OCSP_check_validity	openssl_functions.OCSP_check_validity
#define OCSP_id_cmp	openssl_functions.OCSP_id_cmp
#define OCSP_id_get0_info	openssl_functions.OCSP_id_get0_info
#define OCSP_resp_count	openssl_functions.OCSP_resp_count
#define OCSP_resp_get0	openssl_functions.OCSP_resp_get0
#define OCSP_response_get1_basic \
	openssl_functions.OCSP_response_get1_basic
#define OCSP_response_status	openssl_functions.OCSP_response_status
#define OCSP_response_status_str \
	openssl_functions.OCSP_response_status_str
#define OCSP_single_get0_status	openssl_functions.OCSP_single_get0_status
#define OPENSSL_init_ssl	openssl_functions.OPENSSL_init_ssl
#define OPENSSL_sk_num	openssl_functions.OPENSSL_sk_num
#define OPENSSL_sk_value	openssl_functions.OPENSSL_sk_value
#define PEM_read_bio_PrivateKey	openssl_functions.PEM_read_bio_PrivateKey
#define PEM_read_bio_X509_AUX	openssl_functions.PEM_read_bio_X509_AUX
#define PEM_write_bio_X509	openssl_functions.PEM_write_bio_X509
#define RAND_bytes	openssl_functions.RAND_bytes
#define SSL_CIPHER_get_name	openssl_functions.SSL_CIPHER_get_name
#define SSL_CTX_add_client_CA	openssl_functions.SSL_CTX_add_client_CA
#define SSL_CTX_add_custom_ext	openssl_functions.SSL_CTX_add_custom_ext
#define SSL_CTX_check_private_key \
	openssl_functions.SSL_CTX_check_private_key
#define SSL_CTX_ctrl	openssl_functions.SSL_CTX_ctrl
#define SSL_CTX_free	openssl_functions.SSL_CTX_free
#define SSL_CTX_get0_certificate \
	openssl_functions.SSL_CTX_get0_certificate
#define SSL_CTX_get0_param	openssl_functions.SSL_CTX_get0_param
#define SSL_CTX_get0_privatekey	openssl_functions.SSL_CTX_get0_privatekey
#define SSL_CTX_get_cert_store	openssl_functions.SSL_CTX_get_cert_store
#define SSL_CTX_get_ex_data	openssl_functions.SSL_CTX_get_ex_data
#define SSL_CTX_load_verify_dir	openssl_functions.SSL_CTX_load_verify_dir
#define SSL_CTX_new	openssl_functions.SSL_CTX_new
#define SSL_CTX_set_alpn_protos	openssl_functions.SSL_CTX_set_alpn_protos
#define SSL_CTX_set_alpn_select_cb \
	openssl_functions.SSL_CTX_set_alpn_select_cb
#define SSL_CTX_set_cert_verify_callback \
	openssl_functions.SSL_CTX_set_cert_verify_callback
#define SSL_CTX_set_cipher_list	openssl_functions.SSL_CTX_set_cipher_list
#define SSL_CTX_set_ciphersuites \
	openssl_functions.SSL_CTX_set_ciphersuites
#define SSL_CTX_set_cookie_generate_cb \
	openssl_functions.SSL_CTX_set_cookie_generate_cb
#define SSL_CTX_set_cookie_verify_cb \
	openssl_functions.SSL_CTX_set_cookie_verify_cb
#define SSL_CTX_set_default_verify_paths \
	openssl_functions.SSL_CTX_set_default_verify_paths
#define SSL_CTX_set_ex_data	openssl_functions.SSL_CTX_set_ex_data
#define SSL_CTX_set_keylog_callback \
	openssl_functions.SSL_CTX_set_keylog_callback
#define SSL_CTX_set_num_tickets	openssl_functions.SSL_CTX_set_num_tickets
#define SSL_CTX_set_options	openssl_functions.SSL_CTX_set_options
#define SSL_CTX_set_verify	openssl_functions.SSL_CTX_set_verify
#define SSL_CTX_up_ref	openssl_functions.SSL_CTX_up_ref
#define SSL_CTX_use_PrivateKey	openssl_functions.SSL_CTX_use_PrivateKey
#define SSL_CTX_use_certificate	openssl_functions.SSL_CTX_use_certificate
#define SSL_ctrl	openssl_functions.SSL_ctrl
#define SSL_do_handshake	openssl_functions.SSL_do_handshake
#define SSL_free	openssl_functions.SSL_free
#define SSL_get0_alpn_selected	openssl_functions.SSL_get0_alpn_selected
#define SSL_get0_param	openssl_functions.SSL_get0_param
#define SSL_get0_peer_certificate \
	openssl_functions.SSL_get0_peer_certificate
#define SSL_get0_verified_chain	openssl_functions.SSL_get0_verified_chain
#define SSL_get_SSL_CTX	openssl_functions.SSL_get_SSL_CTX
#define SSL_get_current_cipher	openssl_functions.SSL_get_current_cipher
#define SSL_get_error	openssl_functions.SSL_get_error
#define SSL_get_ex_data	openssl_functions.SSL_get_ex_data
#define SSL_get_ex_data_X509_STORE_CTX_idx \
	openssl_functions.SSL_get_ex_data_X509_STORE_CTX_idx
#define SSL_get_peer_cert_chain	openssl_functions.SSL_get_peer_cert_chain
#define SSL_get_servername	openssl_functions.SSL_get_servername
#define SSL_get_shutdown	openssl_functions.SSL_get_shutdown
#define SSL_get_state	openssl_functions.SSL_get_state
#define SSL_get_verify_mode	openssl_functions.SSL_get_verify_mode
#define SSL_get_version	openssl_functions.SSL_get_version
#define SSL_get_wbio	openssl_functions.SSL_get_wbio
#define SSL_has_pending	openssl_functions.SSL_has_pending
#define SSL_is_server	openssl_functions.SSL_is_server
#define SSL_new	openssl_functions.SSL_new
#define SSL_read_ex	openssl_functions.SSL_read_ex
#define SSL_select_next_proto	openssl_functions.SSL_select_next_proto
#define SSL_set_accept_state	openssl_functions.SSL_set_accept_state
#define SSL_set_bio	openssl_functions.SSL_set_bio
#define SSL_set_connect_state	openssl_functions.SSL_set_connect_state
#define SSL_set_default_read_buffer_len \
	openssl_functions.SSL_set_default_read_buffer_len
#define SSL_set_ex_data	openssl_functions.SSL_set_ex_data
#define SSL_set_options	openssl_functions.SSL_set_options
#define SSL_set_read_ahead	openssl_functions.SSL_set_read_ahead
#define SSL_set_shutdown	openssl_functions.SSL_set_shutdown
#define SSL_shutdown	openssl_functions.SSL_shutdown
#define SSL_want	openssl_functions.SSL_want
#define SSL_write_ex	openssl_functions.SSL_write_ex
#define TLS_client_method	openssl_functions.TLS_client_method
#define TLS_server_method	openssl_functions.TLS_server_method
#define X509V3_EXT_conf_nid	openssl_functions.X509V3_EXT_conf_nid
#define X509V3_set_ctx	openssl_functions.X509V3_set_ctx
#define X509_EXTENSION_free	openssl_functions.X509_EXTENSION_free
#define X509_NAME_add_entry_by_txt \
	openssl_functions.X509_NAME_add_entry_by_txt
#define X509_NAME_get_text_by_NID \
	openssl_functions.X509_NAME_get_text_by_NID
#define X509_NAME_print_ex	openssl_functions.X509_NAME_print_ex
#define X509_STORE_CTX_get0_cert \
	openssl_functions.X509_STORE_CTX_get0_cert
#define X509_STORE_CTX_get_current_cert \
	openssl_functions.X509_STORE_CTX_get_current_cert
#define X509_STORE_CTX_get_error \
	openssl_functions.X509_STORE_CTX_get_error
#define X509_STORE_CTX_get_error_depth \
	openssl_functions.X509_STORE_CTX_get_error_depth
#define X509_STORE_CTX_get_ex_data \
	openssl_functions.X509_STORE_CTX_get_ex_data
#define X509_STORE_CTX_set_error \
	openssl_functions.X509_STORE_CTX_set_error
#define X509_STORE_add_cert	openssl_functions.X509_STORE_add_cert
#define X509_VERIFY_PARAM_set1_host \
	openssl_functions.X509_VERIFY_PARAM_set1_host
#define X509_VERIFY_PARAM_set1_ip_asc \
	openssl_functions.X509_VERIFY_PARAM_set1_ip_asc
#define X509_VERIFY_PARAM_set_flags \
	openssl_functions.X509_VERIFY_PARAM_set_flags
#define X509_VERIFY_PARAM_set_hostflags \
	openssl_functions.X509_VERIFY_PARAM_set_hostflags
#define X509_add_ext	openssl_functions.X509_add_ext
#define X509_check_purpose	openssl_functions.X509_check_purpose
#define X509_digest	openssl_functions.X509_digest
#define X509_free	openssl_functions.X509_free
#define X509_get0_notAfter	openssl_functions.X509_get0_notAfter
#define X509_get0_notBefore	openssl_functions.X509_get0_notBefore
#define X509_get0_serialNumber	openssl_functions.X509_get0_serialNumber
#define X509_get_ext_d2i	openssl_functions.X509_get_ext_d2i
#define X509_get_issuer_name	openssl_functions.X509_get_issuer_name
#define X509_get_serialNumber	openssl_functions.X509_get_serialNumber
#define X509_get_subject_name	openssl_functions.X509_get_subject_name
#define X509_getm_notAfter	openssl_functions.X509_getm_notAfter
#define X509_getm_notBefore	openssl_functions.X509_getm_notBefore
#define X509_gmtime_adj	openssl_functions.X509_gmtime_adj
#define X509_new	openssl_functions.X509_new
#define X509_set_issuer_name	openssl_functions.X509_set_issuer_name
#define X509_set_pubkey	openssl_functions.X509_set_pubkey
#define X509_set_version	openssl_functions.X509_set_version
#define X509_sign	openssl_functions.X509_sign
#define X509_verify_cert	openssl_functions.X509_verify_cert
#define X509_verify_cert_error_string \
	openssl_functions.X509_verify_cert_error_string
#define d2i_OCSP_RESPONSE	openssl_functions.d2i_OCSP_RESPONSE
#endif

#endif
