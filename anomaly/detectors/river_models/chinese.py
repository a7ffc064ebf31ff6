"""What the catalogue says of components and parameters, in Chinese, by the English text."""

from typing import Any

_CHINESE = {
    "Each value against a normal distribution of those before": "将每个值与此前数值的正态分布相比较",
    "Readings remembered; all where none is given": "记住的读数个数；不填则为全部",
    "Readings until it scores": "开始评分前的读数个数",
    "How seldom readings fall where these do; wants StandardScaler and UnitInterval before it":
        "读数落在此处有多罕见；之前需要 StandardScaler 和 UnitInterval",
    "Trees": "树的数量",
    "Height of each; memory doubles with each level": "每棵树的高度；每增一层内存翻倍",
    "Readings until the trees are brought up to date": "每隔多少读数更新一次树",
    "Seed of the random choices": "随机选择的种子",
    "Histograms of random projections": "随机投影的直方图",
    "Bins of each histogram": "每个直方图的分箱数",
    "Projections": "投影数量",
    "How much sparser the neighbourhood is than its neighbours'": "邻域比其邻居的邻域稀疏多少",
    "Neighbours looked at": "考察的邻居个数",
    "Readings remembered; time grows with it": "记住的读数个数；耗时随之增加",
    "A plane that normal readings lie beyond; wants StandardScaler and RBFSampler before it":
        "正常读数位于其外侧的平面；之前需要 StandardScaler 和 RBFSampler",
    "Part of the readings that may lie on the wrong side": "允许位于错误一侧的读数比例",
    "Rate at which the plane turns": "平面转动的速率",
    "Rate at which the plane moves": "平面移动的速率",
    "A forecast's error against a threshold; scoring learns nothing, and goes on beyond it":
        "预测误差与阈值相比；评分时不学习，超过阈值后仍继续评分",
    "Forecaster": "预测器",
    "Readings ahead": "向前预测的读数个数",
    "Standard deviations of the error at the threshold": "阈值处误差的标准差倍数",
    "The limit is a quantile of the detector's own scores": "限值取检测器自身评分的分位数",
    "The detector that is judged": "被评判的检测器",
    "Part of the scores below the limit": "低于限值的评分比例",
    "Nothing beyond the limit is learnt": "超过限值的读数不学习",
    "Each value's distance from a statistic, in standard deviations": "每个值与统计量的距离（标准差倍数）",
    "From what the distance is taken": "距离的基准统计量",
    "The limit is given, in the detector's unit": "直接给定限值，单位同检测器评分",
    "Limit of the detector's score": "检测器评分的限值",
    "A window that shrinks where its two parts differ in mean": "两部分均值不同时收缩的窗口",
    "Significance": "显著性水平",
    "Readings between two looks": "两次检验之间的读数个数",
    "Readings until the first": "首次检验前的读数个数",
    "Kolmogorov-Smirnov test of the newest readings against a sample of those before; slow":
        "最新读数与此前样本的 Kolmogorov-Smirnov 检验；较慢",
    "Readings remembered": "记住的读数个数",
    "Part of them that is new": "其中算作最新的比例",
    "Seed of the sample": "抽样的种子",
    "Cumulative sum of the deviations from the mean": "与均值偏差的累积和",
    "Readings until it looks": "开始检验前的读数个数",
    "Deviation that does not count, in standard deviations": "不计入的偏差（标准差倍数）",
    "Sum at which it says so, in standard deviations": "判定时的累积和（标准差倍数）",
    "Part of the sum that is kept": "累积和保留的比例",
    "Which way": "方向",
    "More readings out of the ordinary than at best": "异常读数比最佳时期更多",
    "Standard deviations of their rate": "其比率的标准差倍数",
    "Readings out of the ordinary come closer together": "异常读数之间的间隔变短",
    "Part of their best distance": "与最佳间隔之比",
    "Hoeffding's bound on their rate in a window": "窗口内异常比率的 Hoeffding 界",
    "Readings in the window": "窗口内的读数个数",
    "Hoeffding's bound on their mean rate": "平均异常比率的 Hoeffding 界",
    "Fewer of them count as well": "异常变少也计入",
    "The same on a rate that forgets": "同上，比率逐渐遗忘",
    "Weight of the newest": "最新值的权重",
    "Random features of a Gaussian kernel, for linear models": "高斯核的随机特征，供线性模型使用",
    "How narrow the kernel is": "核的窄度",
    "Features made": "生成的特征数",
    "Standardised features in the middle of 0 to 1: trees have room for what was never seen":
        "将标准化特征置于 0 到 1 的中部，为树留出未见过的取值空间",
    "Standard deviations that become 0 and 1": "映射为 0 和 1 的标准差倍数",
    "The same with moments that forget": "同上，矩逐渐遗忘",
    "Weight of the newest reading": "最新读数的权重",
    "Each feature over the largest magnitude seen": "每个特征除以见过的最大幅值",
    "Each feature from 0 at the lowest seen to 1 at the highest": "每个特征从见过的最低值 0 缩放到最高值 1",
    "Each feature less its median, over its quartiles' distance": "每个特征减去中位数，除以四分位距",
    "Each feature less its mean, over its standard deviation": "每个特征减去均值，除以标准差",
    "Mean that forgets": "逐渐遗忘的均值",
    "Mean of all": "全部读数的均值",
    "A quantile; the median is 0.5": "分位数；中位数为 0.5",
    "Which quantile": "哪个分位数",
    "Exponential smoothing of level, trend and season": "水平、趋势与季节的指数平滑",
    "Rate of the level": "水平的速率",
    "Rate of the trend; no trend where none is given": "趋势的速率；不填则无趋势",
    "Rate of the season": "季节的速率",
    "Readings in a season; 0 for none": "一个周期的读数个数；0 表示无周期",
    "Autoregression of differenced values and errors, with seasons": "对差分值与误差的自回归，含季节项",
    "Values looked back at": "回看的值个数",
    "Times the series is differenced": "差分次数",
    "Errors looked back at": "回看的误差个数",
    "Readings in a season": "一个周期的读数个数",
    "Seasons looked back at": "回看的周期数",
    "Times it is differenced by season": "季节差分次数",
    "Errors of seasons looked back at": "回看的季节误差个数",
    "Each series by itself, or a device's series together": "各测点单独判断，或整机测点一起判断",
    "Part of the readings of normal running that may lie beyond the limit":
        "正常运行时允许超过限值的读数比例",
    "Seconds of source time between learnt readings once warm": "预热后每次学习之间的秒数（源时间）",
}  # fmt: skip


def with_chinese(described: dict[str, Any]) -> dict[str, Any]:
    """Return a description with its text in Chinese beside it, those of its parameters too."""
    found = described | {"text_zh": _CHINESE[described["text"]]}
    if "parameters" in described:
        found["parameters"] = {
            name: with_chinese(parameter) for name, parameter in described["parameters"].items()
        }
    return found
