# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How to reach a job system."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  system:
    description:
      - The product that runs the jobs.
      - V(commvault) is a Commvault Web Server, V(prime) Cisco Prime Infrastructure or EPN Manager, V(drs) Huawei
        Cloud Data Replication Service, V(veeam) Veeam Backup Enterprise Manager, V(ajs) JP1/AJS3 - Web Console.
      - This option, like each other connection option, is taken from the host variable C(job_control_<option>)
        (here C(job_control_system)) when the task does not set it, and else from the environment variable
        E(JOB_CONTROL_SYSTEM), E(JOB_CONTROL_URL) and so on; the one for O(token) is E(JOB_CONTROL_API_TOKEN).
      - Null, empty text and C(omit) are as if not set, for all options. An environment in which E(JOB_CONTROL_SYSTEM)
        names another product is not looked at.
    type: str
    required: true
    choices: [commvault, prime, drs, veeam, ajs]
  url:
    description:
      - Base address of the product, for example V(https://commvault.example.com/commandcenter/api),
        V(https://prime.example.com), V(https://drs.eu-west-101.myhuaweicloud.eu),
        V(https://veeam.example.com:9398/api) or V(https://ajs.example.com:22253).
      - Plain V(http://) is used only because you wrote it, with a warning; nothing falls back to it.
    type: str
  username:
    description: User of the product.
    type: str
  password:
    description: Password of O(username).
    type: str
  token:
    description:
      - A token that you got by yourself, where the product has tokens (V(commvault), V(drs), V(veeam)). It is used
        as it is, and is never logged out.
    type: str
  validate_certs:
    description: Whether the product's TLS certificate is checked. If not, there is a warning.
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificates of the authorities to trust, or a folder of such files with the names that
        C(openssl rehash) gives them, for a product with a private or self-signed certificate.
    type: path
  client_cert:
    description: File with a client certificate (PEM), for a product behind a gateway that asks for one.
    type: path
  client_key:
    description: File with the key of O(client_cert), when it is not in the same file.
    type: path
  request_timeout:
    description: Seconds to wait for the product to send something. A whole answer may take four times as long.
    type: float
    default: 30
  retry_timeout:
    description:
      - Seconds for which requests are repeated while the product is not available or asks for patience; V(0) means
        not at all.
      - A request that changes something is repeated only when it is certain that it changed nothing.
    type: float
    default: 20
  workers:
    description: Requests at once. The default is what the product stands; more than its limit is refused.
    type: int
  wire_format:
    description:
      - Format of the messages, where the product has both. V(auto) takes the one that the product speaks best.
    type: str
    choices: [auto, json, xml]
    default: auto
requirements:
  - requests >= 2.25
  - xmltodict >= 0.12 (where the messages are XML)
"""
