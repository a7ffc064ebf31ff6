"""The rationales a new installation begins with, one for every failure mode that alarms suspect."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """One sentence in each language."""

    en: str
    zh: str


@dataclass(frozen=True)
class Rationale:
    """What it comes from, what follows if nobody does anything, what to do, how soon and how urgent it is.

    Attributes:
        failure_mode: as alarms name it.
        equipment_class: '' for every class.
        cause: what it probably comes from.
        response: the corrective action.
        priority: the severity that its alarms take, but for limits, which have their own; None: that which
            follows from how far the series lies out.
        respond_within_min: minutes in which a response still prevents the consequence.
        version: of what somebody has written; 0 for what is shipped.
    """

    failure_mode: str
    equipment_class: str
    consequence: Text
    response: Text
    respond_within_min: int
    cause: Text
    priority: str | None = None
    version: int = 0


def _of(
    mode: str,
    minutes: int,
    consequence: Text,
    response: Text,
    cause: Text,
    *,
    priority: str | None = None,
) -> Rationale:
    return Rationale(mode, "", consequence, response, minutes, cause, priority)


_DAY = 24 * 60

SHIPPED: dict[str, Rationale] = {
    each.failure_mode: each
    for each in (
        _of(
            "bearing_wear", _DAY,
            Text("The bearing fails, and shaft and seal are damaged with it",
                 "轴承损坏，并殃及轴和密封"),
            Text("Check lubrication and temperature, listen to the bearing, plan its replacement",
                 "检查润滑和温度，听诊轴承，安排更换"),
            Text("Too little or wrong lubricant, dirt, misalignment, overload, or the end of its life",
                 "润滑不足或不当、进尘、对中不良、过载或寿命到期"),
        ),
        _of(
            "seal_leak", 4 * 60,
            Text("Medium escapes; the pump runs dry or the floor is flooded",
                 "介质泄漏，泵可能干转或现场积液"),
            Text("Look for leakage, compare pressures before and after, replace the seal",
                 "查找泄漏点，比较前后压力，更换密封"),
            Text("A worn or dry-run seal, a damaged shaft sleeve, or pressure beyond its rating",
                 "密封磨损或干转、轴套损坏或压力超限"),
        ),
        _of(
            "overheating", 30,
            Text("Windings or lubricant are destroyed, and the machine trips",
                 "绕组或润滑剂损坏，设备跳停"),
            Text("Reduce the load, check cooling, fan and filters, stop it if it goes on rising",
                 "降低负荷，检查冷却、风扇和滤网，若继续升温则停机"),
            Text("Overload, blocked cooling or filters, a failed fan, or too little lubricant",
                 "过载、冷却或滤网堵塞、风扇故障或润滑不足"),
        ),
        _of(
            "blockage", 60,
            Text("Flow stops; the machine works against a closed line and overheats",
                 "流量中断，设备憋压过热"),
            Text("Check valves, strainers and filters in the line and clean them",
                 "检查并清洗管路上的阀门、过滤器"),
            Text("A closed valve, a clogged strainer or filter, deposits or a foreign body",
                 "阀门关闭、滤网堵塞、结垢或异物"),
        ),
        _of(
            "cavitation", 4 * 60,
            Text("Impeller and casing erode; flow and head are lost",
                 "叶轮和泵壳被侵蚀，流量和扬程下降"),
            Text("Check suction pressure, level and strainer; lower the speed or the flow",
                 "检查吸入压力、液位和滤网，降低转速或流量"),
            Text("Too little suction pressure: low level, clogged strainer, hot medium or too high a flow",
                 "吸入压力不足：液位低、滤网堵塞、介质过热或流量过大"),
        ),
        _of(
            "imbalance", _DAY,
            Text("Bearings wear early and fasteners come loose",
                 "轴承过早磨损，紧固件松动"),
            Text("Look for build-up or lost parts on the rotor, check the coupling, balance it",
                 "检查转子积垢或缺损和联轴器，做动平衡"),
            Text("Deposits on the rotor, a lost or broken part, a worn coupling, or work without balancing",
                 "转子积垢、零件脱落或断裂、联轴器磨损或检修后未做动平衡"),
        ),
        _of(
            "electrical_fault", 60,
            Text("The drive trips, or its insulation fails",
                 "驱动跳闸或绝缘损坏"),
            Text("Compare the phases, check terminals, drive messages and insulation",
                 "比较三相，检查接线端子、驱动报警和绝缘"),
            Text("A lost phase, a loose terminal, worn insulation, or a fault of drive or supply",
                 "缺相、端子松动、绝缘老化、驱动或供电故障"),
        ),
        _of(
            "sensor_flatline", 3 * _DAY,
            Text("A fault of the machine would not be seen on this sensor",
                 "该传感器无法再发现设备故障"),
            Text("Check sensor, cable and input card; compare with a hand-held instrument",
                 "检查传感器、电缆和输入卡，用手持仪表比对"),
            Text("A stuck sensor, a frozen input or a controller that repeats its last value",
                 "传感器卡死、输入冻结或控制器重复上一个值"),
            priority="low",
        ),
        _of(
            "sensor_gap", 3 * _DAY,
            Text("A fault of the machine would not be seen on this sensor",
                 "该传感器无法再发现设备故障"),
            Text("Check power and connection of the sensor, and the tag in the gateway",
                 "检查传感器供电和连接，以及网关中的标签"),
            Text("No power, a broken connection, a renamed tag, or a gateway that is cut off",
                 "传感器断电、连接中断、标签被改名或网关离线"),
            priority="medium",
        ),
        _of(
            "sensor_drift", 3 * _DAY,
            Text("Control and limits act on a value that is more and more wrong",
                 "控制和限值依据的数值越来越不准"),
            Text("Compare the sensors with a calibrated instrument; recalibrate or replace the wrong one",
                 "用经校准的仪表比对各传感器，校准或更换失准的一个"),
            Text("Ageing, fouling, wrong calibration or a changed place of mounting",
                 "老化、结垢、校准不当或安装位置改变"),
            priority="medium",
        ),
        _of(
            "sensor_out_of_range", _DAY,
            Text("The value cannot be true; controls that use it act on nonsense",
                 "读数不可信，使用它的控制会误动作"),
            Text("Check for a broken wire or short circuit, then scaling and range",
                 "检查断线或短路，再检查量程和比例"),
            Text("A broken wire, a short circuit, wrong scaling, or a range that is entered wrongly",
                 "断线、短路、比例设置错误或量程录入错误"),
            priority="medium",
        ),
        _of(
            "unspecified", _DAY,
            Text("The machine behaves unlike ever before; the cause is not known",
                 "设备行为与以往不同，原因未知"),
            Text("Look at the contributing sensors and at what was changed lately",
                 "查看相关传感器以及近期的改动"),
            Text("Unknown: changed operation, a changed product, or a fault that no suspicion names",
                 "未知：工况或产品改变，或未列出的故障"),
        ),
    )
}  # fmt: skip
