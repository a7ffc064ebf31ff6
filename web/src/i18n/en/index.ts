import common from "./common";
import enums from "./enums";
import problems from "./problems";
import shell from "./shell";
import signin from "./signin";

export default { common, enums, problems, shell, signin };
