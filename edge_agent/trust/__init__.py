"""Certificates of OPC UA: the gateway's own, and those of servers that an operator has accepted.

    pki/own/key.pem, cert.der     the gateway's; the certificate is for the operator of a server to accept
    pki/own/former.der            the one before a renewal, while it is valid
    pki/trusted/<thumbprint>.der  servers that may be talked to
    pki/rejected/<thumbprint>.der what was met or refused, with the circumstances in <thumbprint>.json

A thumbprint here is the SHA-256 of the certificate, in hexadecimal. Changes count from the next connection
on, and a certificate no longer trusted ends the connection that uses it.
"""
