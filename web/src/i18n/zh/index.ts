import administration from "./administration";
import alarms from "./alarms";
import assets from "./assets";
import backtests from "./backtests";
import calibration from "./calibration";
import charts from "./charts";
import claims from "./claims";
import codes from "./codes";
import common from "./common";
import complaints from "./complaints";
import configuration from "./configuration";
import connect from "./connect";
import detectors from "./detectors";
import enums from "./enums";
import faults from "./faults";
import files from "./files";
import gateways from "./gateways";
import knowledge from "./knowledge";
import limits from "./limits";
import mail from "./mail";
import modes from "./modes";
import notices from "./notices";
import orders from "./orders";
import overview from "./overview";
import parts from "./parts";
import performance from "./performance";
import policies from "./policies";
import problems from "./problems";
import rationales from "./rationales";
import redundancy from "./redundancy";
import security from "./security";
import shell from "./shell";
import signin from "./signin";
import sla from "./sla";
import sources from "./sources";
import states from "./states";
import suppressions from "./suppressions";
import tickets from "./tickets";

export default {
  administration,
  alarms,
  assets,
  backtests,
  calibration,
  charts,
  claims,
  codes,
  common,
  complaints,
  configuration,
  connect,
  detectors,
  enums,
  faults,
  files,
  gateways,
  knowledge,
  limits,
  mail,
  modes,
  notices,
  orders,
  overview,
  parts,
  performance,
  policies,
  problems,
  rationales,
  redundancy,
  security,
  shell,
  signin,
  sla,
  sources,
  states,
  suppressions,
  tickets,
};
