"""The plots. A plot is a list of beats in order; a beat is a list of ways to say it.

A beat may be a dictionary from a cause to its ways: the cause is drawn once per story, so that later
beats with the same causes fit (the wind takes the kite, so it hangs in a tree).
"""

OPENINGS = [
    "Once upon a time, there was a {size} {hero.kind} named {hero}. {Hero.he} lived {home}.",
    "Once upon a time, there was a {trait} {hero.kind} named {hero}. {Hero.he} lived {home}.",
    "Once upon a time, a {size} {hero.kind} named {hero} lived {home}.",
    "There once was a {trait} {hero.kind} named {hero}. {Hero.he} lived {home}.",
    "{Hero} was a {trait} {hero.kind}. {Hero.he} lived {home}.",
    "{Hero} was a {size} {hero.kind} who lived {home}.",
]

ENDINGS = [
    "From that day on, {hero} knew that {lesson}.",
    "{Hero} learned that {lesson}.",
    "{Hero} smiled and thought that {lesson}.",
    "That night, {hero} fell asleep with a smile on {hero.his} face.",
    "{Hero} went home and told {adult} everything. It was a very good day.",
    "And they were best friends from that day on.",
]

LOST_TOY = ("together", [
    [
        "{Hero} had a {color} {toy}. It was {hero.his} favorite thing in the world.",
        "{Hero} loved {hero.his} {color} {toy} very much. {Hero.he} took it everywhere.",
        "For {hero.his} birthday, {hero} got a {color} {toy} from {adult}.",
    ],
    [
        "{Day}, {hero} took the {toy} to the {place}.",
        "{Day}, {hero} went to the {place} to play with the {toy}.",
        "{Day}, {hero} and {adult} went to the {place}. {Hero} took the {toy} along.",
    ],
    {
        "wind": [
            "Suddenly, a strong wind came and took the {toy} away.",
            "The wind began to blow, and the {toy} flew out of {hero.his} hands.",
        ],
        "sleep": [
            "The sun was warm, and {hero} fell asleep. When {hero.he} woke up, the {toy} was gone.",
            "{Hero} took a short nap under a tree. When {hero.he} woke up, the {toy} was not there.",
        ],
        "dog": [
            "A big dog came running. It took the {toy} and ran away.",
            "Then a big dog jumped up, took the {toy} and ran off.",
        ],
    },
    [
        "{Hero} looked and looked, but {hero.he} could not find it. {Hero.he} began to cry.",
        "{Hero} was very sad. {Hero.he} sat down and cried.",
        '"Oh no! Where is my {toy}?" said {hero}.',
    ],
    [
        '{Friend} saw that {hero} was sad. "What is wrong?" {friend.he} asked. "My {toy} is gone," said {hero}.',
        'Then {hero.his} friend {friend} came by. "Do not be sad," said {friend}. "I will help you look for it."',
        'A {friend.kind} named {friend} heard {hero.him}. "Do not cry," said {friend}. "We can look for it together."',
    ],
    {
        "wind": [
            "They looked up and saw the {toy} in a tall tree. {Friend} climbed up and got it.",
            "They walked and walked. At last they saw the {toy} in a tree. {Friend} shook the tree, and the {toy} fell down.",
        ],
        "sleep": [
            "They looked everywhere. At last they found the {toy} {spot}.",
            "They looked behind every tree. Then {friend} saw something {color} {spot}. It was the {toy}!",
        ],
        "dog": [
            "They followed the dog and found the {toy} {spot}. The dog only wanted to play.",
            'They saw the dog {spot}. "Please give it back," said {friend}. The dog dropped the {toy} and wagged its tail.',
        ],
    },
    [
        '{Hero} was so happy. "Thank you, {friend}!" {hero.he} said.',
        '{Hero} gave {friend} a big hug. "Thank you for helping me," said {hero}.',
    ],
    [
        "Then they played with the {toy} until the sun went down.",
        "They played together all day.",
        "After that, {hero} and {friend} played together every day.",
    ],
])

RESCUE = ("help", [
    [
        "{Hero} liked to walk in the {place} and look at the flowers.",
        "{Hero} loved all animals, big and small.",
        "{Hero} liked to play outside every day.",
    ],
    [
        "{Day}, {hero} heard a small sound. It came from the {place}.",
        "{Day}, {hero} was in the {place} when {hero.he} heard a little cry.",
        "{Day}, {hero} went for a walk in the {place}. Suddenly, {hero.he} heard somebody cry.",
    ],
    {
        "tree": [
            "{Hero.he} looked up and saw a {baby} in a tall tree. It was too scared to come down.",
            "It was a {baby}. It sat high up in a tree and could not get down.",
        ],
        "hole": [
            "{Hero.he} looked down and saw a {baby}. It had fallen into a deep hole.",
            "It was a {baby} in a deep hole. It could not get out.",
        ],
        "mud": [
            "{Hero.he} saw a {baby}. Its feet were stuck in the mud.",
            "It was a {baby}. It was stuck in the mud and could not move.",
        ],
    },
    [
        '"Do not be afraid," said {hero}. "I will help you."',
        '"Poor little {baby}!" said {hero}. "Wait, I will help you."',
        "{Hero} felt sorry for the {baby} and wanted to help.",
    ],
    {
        "tree": [
            "{Hero.he} tried to climb the tree, but it was too high.",
            "{Hero.he} jumped and jumped, but the tree was too tall.",
        ],
        "hole": [
            "{Hero.he} tried to reach down, but the hole was too deep.",
            "{Hero.he} reached down, but {hero.his} arms were too short.",
        ],
        "mud": [
            "{Hero.he} pulled and pulled, but {hero.he} was not strong enough.",
            "{Hero.he} tried to pull it out, but it was too hard.",
        ],
    },
    [
        "So {hero} ran home to get {adult}.",
        "Then {hero} had an idea. {Hero.he} ran to get {hero.his} friend {friend}.",
        '"I need help," thought {hero}, and {hero.he} called {adult}.',
    ],
    {
        "tree": [
            "They came back with a long ladder. Slowly, {hero} climbed up and carried the {baby} down.",
            "Together they put a ladder at the tree, and {hero} got the {baby} down.",
        ],
        "hole": [
            "They came back with a long rope and a basket. The {baby} sat in the basket, and they pulled it up.",
            "Together they put a long board into the hole, and the {baby} walked up.",
        ],
        "mud": [
            "Together they pulled with a long rope. With a loud pop, the {baby} was free!",
            "They came back with a rope. They pulled and pulled, and at last the {baby} was free.",
        ],
    },
    [
        "The {baby} was very happy. It sat close to {hero} and was not afraid anymore.",
        "{Hero} gave the {baby} some water and a warm blanket.",
        '"Now you are safe," said {hero}.',
    ],
    [
        "After that, the {baby} came to visit {hero} every day.",
        "From then on, {hero} and the {baby} were good friends.",
        "The {baby} ran home to its mother. It looked back one more time, as if to say thank you.",
    ],
])

SHARE_FOOD = ("share", [
    [
        "{Adult} gave {hero} a big {food}.",
        "{Hero} had a big {food} in {hero.his} bag.",
        "{Day}, {hero} got a {food} from {adult}. It looked so good.",
    ],
    [
        "{Hero} went to the {place} to eat it.",
        "{Hero.he} sat down in the {place} and wanted to eat.",
        "{Hero.he} took it to the {place} and sat down {spot}.",
    ],
    [
        "Then {hero.he} saw {friend}. {Friend} was sitting alone and looked sad.",
        "There {hero.he} met a {friend.kind} named {friend}. {Friend} looked at the {food}.",
        "{Friend} came by. {Friend.he} was hungry, but {friend.he} had nothing to eat.",
    ],
    [
        '"Are you hungry?" asked {hero}. "Yes," said {friend}. "I did not have any lunch."',
        '"I am so hungry," said {friend}.',
        '"What is wrong?" asked {hero}. "I am hungry," said {friend}.',
    ],
    [
        "{Hero} thought for a moment. {Hero.he} loved the {food}, but {hero.he} wanted to be kind.",
        "{Hero} looked at the {food}. It was big enough for two.",
        "First {hero} wanted to eat it all alone. But then {hero.he} looked at {friend} and felt sorry.",
    ],
    [
        "{Hero} gave half of the {food} to {friend}.",
        '"Here, you can have half of my {food}," said {hero}.',
        '"Let us share it," said {hero}, and gave {friend} the bigger half.',
    ],
    [
        '{Friend} smiled. "Thank you! You are very kind," {friend.he} said.',
        "They ate together, and the {food} was so good.",
        "{Friend} ate it all up and was very happy.",
    ],
    [
        'The next day, {friend} came back with a basket full of berries. "These are for you," {friend.he} said.',
        "A few days later, {hero} forgot {hero.his} lunch. Now {friend} shared with {hero.him}.",
        "After lunch, they played in the {place} until it was dark.",
    ],
])

FEAR = ("brave", [
    {
        "dark": [
            "{Hero} had one problem. {Hero.he} was afraid of the dark.",
            "At night, {hero} could not sleep, because {hero.he} was afraid of the dark.",
        ],
        "water": [
            "All {hero.his} friends liked to swim, but {hero} was afraid of the water.",
            "{Hero} lived close to the water, but {hero.he} was afraid to swim.",
        ],
        "thunder": [
            "{Hero} liked the rain, but {hero.he} was afraid of thunder.",
            "When there was thunder, {hero} always hid under the bed.",
        ],
    },
    {
        "dark": [
            "One night, the light went out. {Hero} was scared and called {adult}.",
            "One night, {hero} saw a big shadow on the wall. {Hero.he} called {adult}.",
        ],
        "water": [
            'One hot day, {hero.his} friend {friend} said, "Come in! The water is nice." But {hero} only shook {hero.his} head.',
            "{Day}, everybody jumped into the water. Only {hero} sat alone on the grass.",
        ],
        "thunder": [
            "One evening, the sky turned dark and there was a loud boom. {Hero} ran to {adult}.",
            "One night, a big storm came. Boom! went the thunder, and {hero} began to shake.",
        ],
    },
    [
        '{Adult} sat down next to {hero.him}. "Everybody is afraid sometimes," {adult.he} said.',
        '"I am scared," said {hero}. "I know," said {adult}. "But I am here with you."',
        '{Adult} took {hero.his} hand. "Let us try it together," {adult.he} said.',
    ],
    {
        "dark": [
            "They looked at the wall. The shadow was only a coat on a chair!",
            "They went to the window and looked at the moon and the stars. The night was beautiful.",
        ],
        "water": [
            "First {hero} put one foot into the water. Then {hero.he} put in the other foot. It was not so bad!",
            "Slowly, {hero} went into the water. It was warm, and {adult} was right there.",
        ],
        "thunder": [
            "They counted the time between the light and the boom. One, two, three! It was like a game.",
            "They sang a loud song together. Soon the song was louder than the thunder.",
        ],
    },
    [
        "{Hero} began to laugh. {Hero.he} was not so afraid anymore.",
        "{Hero} took a deep breath and felt a little better.",
        '"Look at me!" said {hero}. {Hero.he} was very proud.',
    ],
    {
        "dark": [
            "That night, {hero} slept well, with the moon in the window.",
            "Now {hero} liked to look at the stars every night.",
        ],
        "water": [
            "Soon {hero} could swim like a fish.",
            "At the end of the day, {hero} did not want to come out of the water.",
        ],
        "thunder": [
            "Soon the storm was over, and {hero} fell asleep.",
            "When the next storm came, {hero} was not afraid at all.",
        ],
    },
])

BUILD = ("together", [
    {
        "house": [
            "{Hero} wanted to build a little house in a tree.",
            "{Day}, {hero} had an idea. {Hero.he} wanted to build a tree house.",
        ],
        "bridge": [
            "{Hero} wanted to visit {hero.his} friend {friend}, but there was a river between them. So {hero} wanted to build a bridge.",
            "There was a small river near the {place}. {Hero} wanted to build a bridge over it.",
        ],
        "boat": [
            "{Hero} wanted to build a boat and sail on the lake.",
            "{Day}, {hero} wanted to make a boat out of wood.",
        ],
    },
    [
        "{Hero.he} found some old wood and began to work.",
        "{Hero.he} worked all morning, all alone.",
        "{Hero.he} took wood, nails and a hammer and worked very hard.",
    ],
    {
        "house": [
            "But then the wind came, and the house fell down.",
            "But the roof was not straight. Crash! It fell to the ground.",
        ],
        "bridge": [
            "But the wood was too short, and the bridge fell into the water.",
            "But when {hero} stepped on the bridge, it broke. Splash!",
        ],
        "boat": [
            "But the boat had a hole, and it filled with water.",
            "But when {hero} put it on the lake, the boat sank.",
        ],
    },
    [
        '"I will never do it," said {hero} sadly.',
        "{Hero} was angry and kicked a stone.",
        "{Hero} sat down and did not know what to do.",
    ],
    [
        'Then {friend} came by. "That looks like a lot of work," {friend.he} said. "May I help you?"',
        '{Friend} saw it all. "Let us do it together," said {friend}.',
        '"Why do you work alone?" asked {friend}. "Two can do more than one."',
    ],
    {
        "house": [
            "{Friend} held the wood, and {hero} used the hammer. They made the roof strong and straight.",
            "They made strong walls, a red roof and one small window.",
        ],
        "bridge": [
            "They found a long tree that had fallen down. Together they pulled it over the water.",
            "They used long boards and strong rope. {Friend} worked on one side and {hero} on the other.",
        ],
        "boat": [
            "They closed the hole and painted the boat {color}. {Friend} made a sail from an old blanket.",
            "They worked until the evening. {Friend} closed every little hole in the wood.",
        ],
    },
    [
        'At last it was done. "We did it!" they said.',
        "When the sun went down, it was ready.",
        "It was hard work, but it was fun, too.",
    ],
    {
        "house": [
            "Now they had a house of their own, high up in the tree.",
            "They sat in the tree house, ate cookies and looked at the stars.",
        ],
        "bridge": [
            "Now they could visit each other every day.",
            "They walked over the bridge, hand in hand.",
        ],
        "boat": [
            "They sailed over the lake, and the wind was soft and warm.",
            "The boat was the best on the whole lake.",
        ],
    },
])

TRUTH = ("honest", [
    [
        "{Day}, {hero} played with a ball in the house.",
        "{Hero} was not allowed to play in the kitchen, but {day}, {hero.he} did.",
        "{Day}, {hero} was alone at home. {Hero.he} danced and jumped around.",
    ],
    {
        "cup": [
            "Crash! {Hero.his} arm hit a {color} cup, and it broke.",
            "Oh no! The {color} cup fell from the table and broke.",
        ],
        "lamp": [
            "Crash! The lamp fell down and broke.",
            "Oh no! {Hero} hit the lamp, and it broke.",
        ],
        "window": [
            "Crash! Something hit the window, and it broke.",
            "Oh no! The ball flew right into the window. It broke.",
        ],
    },
    [
        "{Hero} was scared. {Hero.he} hid in {hero.his} room.",
        '{Hero} did not know what to do. "Nobody saw me," {hero.he} thought.',
        '"{Adult} will be so angry," thought {hero}.',
    ],
    {
        "cup": [
            'When {adult} came home, {adult.he} asked, "Who broke my cup?"',
            'In the evening, {adult} looked for the cup. "Where is it?" {adult.he} asked.',
        ],
        "lamp": [
            'When {adult} came home, {adult.he} saw the lamp. "What happened here?" {adult.he} asked.',
            'In the evening, {adult} asked, "Who broke the lamp?"',
        ],
        "window": [
            'When {adult} came home, {adult.he} saw the window. "Who did this?" {adult.he} asked.',
            'Soon {adult} came in. "What happened to the window?" {adult.he} asked.',
        ],
    },
    [
        'First {hero} said, "It was the cat." But then {hero.he} felt very bad.',
        "{Hero} wanted to say that it was not {hero.him}. But that was not true.",
        "{Hero.his} face turned red. {Hero.he} looked at the floor.",
    ],
    [
        '"It was me," said {hero}. "I am so sorry."',
        'Then {hero} told the truth. "I did it. I am sorry," {hero.he} said.',
        "{Hero} began to cry and told {adult} everything.",
    ],
    [
        '{Adult} was not angry. "Thank you for telling the truth," {adult.he} said.',
        '{Adult} gave {hero.him} a hug. "I am glad that you told me," {adult.he} said.',
    ],
    {
        "cup": [
            "Together they put the cup back together with glue.",
            "The next day, they bought a new cup, and {hero} paid with {hero.his} own money.",
        ],
        "lamp": [
            "Together they made the lamp work again.",
            "They cleaned the floor together and put up a new lamp.",
        ],
        "window": [
            "Together they put in a new window.",
            "{Hero} helped to clean up, and soon there was a new window.",
        ],
    },
])

SEED = ("patient", [
    [
        "{Day}, {hero} found a small seed in the {place}.",
        "{Day}, {adult} gave {hero} a small seed.",
        "{Day}, a bird dropped a seed right in front of {hero}.",
    ],
    [
        '"What will it be?" {hero.he} asked. "Wait and see," said {adult}.',
        "{Hero} wanted to know what it would be.",
        '"If you take care of it, it will grow," said {adult}.',
    ],
    [
        "{Hero} put the seed into the ground and gave it water.",
        "{Hero} made a little hole, put in the seed and covered it with earth.",
        "They put the seed in a pot and set it in the sun.",
    ],
    [
        "The next day, {hero} looked at it. Nothing was there.",
        "{Hero} waited one day, and two days, and three days. Nothing happened.",
        "Every morning, {hero} ran outside to look. But there was only brown earth.",
    ],
    [
        '"It will never grow," said {hero}. "Give it time," said {adult}.',
        '{Hero} was sad and wanted to stop. But {friend} said, "Do not give up."',
        '"Why is it so slow?" asked {hero}. {Adult} smiled and said, "Just wait a little more."',
    ],
    [
        "So {hero} gave it water every day and sang a song for it.",
        "{Hero} gave it water again and again, even when it was hot.",
        "Every day, {hero} gave it some water and waited.",
    ],
    {
        "flower": [
            "Then, one morning, there was a small green leaf! It grew and grew, and soon there was a big {color} flower.",
            "At last, a green leaf came out of the earth. A few weeks later, it was a beautiful {color} flower.",
        ],
        "pumpkin": [
            "Then, one morning, there was a small green leaf! It grew and grew, and in the fall there was a big pumpkin.",
            "At last, something green came out of the earth. It grew all summer and became a giant pumpkin.",
        ],
        "tree": [
            "Then, one morning, there was a small green leaf! It grew and grew, and after many years it was a tall apple tree.",
            "At last, a little tree came out of the earth. Year after year, it grew taller.",
        ],
    },
    {
        "flower": [
            "All the bees came to visit it. {Hero} was very proud.",
            "{Hero} gave the flower to {adult}, who was very happy.",
        ],
        "pumpkin": [
            "{Hero} and {friend} made soup from it, and there was enough for the whole village.",
            "It was so big that {hero} could not carry it alone. {Friend} had to help.",
        ],
        "tree": [
            "{Hero} and {friend} sat under the tree and ate sweet apples.",
            "Every fall, {hero} shared the apples with all {hero.his} friends.",
        ],
    },
])

LOST_WAY = ("listen", [
    [
        '"Do not go too far," {adult} always said.',
        "{Adult} told {hero} to stay close to the house.",
        "{Hero} liked to see new things, and sometimes {hero.he} did not listen.",
    ],
    {
        "butterfly": [
            "{Day}, {hero} saw a beautiful {color} butterfly. {Hero.he} ran after it, deep into the forest.",
            "{Day}, a {color} butterfly flew by. {Hero} followed it over the hill and into the forest.",
        ],
        "music": [
            "{Day}, {hero} heard soft music. {Hero.he} followed the sound, deep into the forest.",
            "{Day}, {hero} heard somebody sing. {Hero.he} wanted to know who it was and walked into the forest.",
        ],
    },
    [
        "Soon it was dark, and {hero} did not know the way home.",
        "When {hero.he} looked around, every tree looked the same. {Hero.he} was lost.",
        'Then {hero.he} stopped. "Where am I?" {hero.he} asked. Nobody answered.',
    ],
    [
        "{Hero} was cold and scared. {Hero.he} began to cry.",
        "{Hero} called for {adult}, but nobody heard {hero.him}.",
        "{Hero} sat down under a tree and did not know what to do.",
    ],
    [
        'An old owl sat in the tree. "Why do you cry?" it asked.',
        '"Who is there?" said a deep voice. It was an old owl.',
        "Then an old owl flew down and sat next to {hero}.",
    ],
    [
        '"I am lost," said {hero}. "I want to go home."',
        '"I did not listen, and now I cannot find my way," said {hero}.',
    ],
    [
        '"Follow me," said the owl. "I can see in the dark." It flew from tree to tree, and {hero} followed.',
        '"Look at the brightest star," said the owl. "It stands right above your house." So {hero} followed the star.',
        '"Walk along the river," said the owl. "It will take you home." {Hero} thanked the owl and walked along the water.',
    ],
    [
        "At last {hero} saw a light. It was {hero.his} house! {Adult} ran out and gave {hero.him} a big hug.",
        'Soon {hero} was home. "I am sorry," {hero.he} said. {Adult} was so glad and gave {hero.him} some warm soup.',
    ],
])

LEARN = ("patient", [
    {
        "bike": [
            "{Hero} got a new {color} bike. {Hero.he} wanted to ride it, but {hero.he} did not know how.",
            "More than anything, {hero} wanted to ride a bike.",
        ],
        "draw": [
            "{Hero} wanted to draw a picture of a horse.",
            "More than anything, {hero} wanted to draw beautiful pictures.",
        ],
        "sing": [
            "{Hero} wanted to sing in the big show.",
            "More than anything, {hero} wanted to sing.",
        ],
    },
    {
        "bike": [
            "{Day}, {hero.he} tried it in the {place}. But {hero.he} fell down right away.",
            "{Day}, {hero.he} tried to ride, but {hero.he} fell into a bush.",
        ],
        "draw": [
            "{Day}, {hero.he} tried it. But the horse looked like a potato.",
            "{Day}, {hero.he} took a pencil and tried. But it looked all wrong.",
        ],
        "sing": [
            "{Day}, {hero.he} tried it. But {hero.his} voice was so quiet that nobody heard it.",
            "{Day}, {hero.he} tried to sing, but it sounded all wrong.",
        ],
    },
    [
        '"I cannot do it," said {hero}. {Hero.he} was very sad.',
        "{Friend} laughed, and {hero} felt bad.",
        "{Hero} wanted to give up.",
    ],
    [
        'But {adult} said, "Nobody can do it the first time. Try again."',
        '"It was hard for me, too," said {adult}. "Try a little every day."',
        '"I will show you," said {friend}. "It is not so hard."',
    ],
    [
        "So {hero} tried again. And again. And again.",
        "So {hero} tried every day, in the sun and in the rain.",
        "Every day after breakfast, {hero} tried again.",
    ],
    [
        "Day by day, it got a little better.",
        "Slowly, it got better and better.",
        "Some days were good and some days were bad, but {hero} did not stop.",
    ],
    {
        "bike": [
            'One day, {hero} rode all the way around the {place}. "Look at me!" {hero.he} called.',
            "Then it happened. {Hero} rode fast like the wind and did not fall.",
        ],
        "draw": [
            "One day, {hero} made a picture of a white horse in a green field. It looked so real!",
            "Then it happened. The horse in the picture looked like a real horse.",
        ],
        "sing": [
            "On the day of the show, {hero} sang loud and clear. Everybody clapped.",
            "Then it happened. {Hero} opened {hero.his} mouth and sang like a bird.",
        ],
    },
    [
        '"I knew that you could do it," said {adult}.',
        "{Adult} was very proud, and so was {hero}.",
        '{Friend} was surprised. "Can you teach me, too?" {friend.he} asked.',
    ],
])

GIFT = ("share", [
    [
        "It was the birthday of {hero.his} friend {friend}.",
        "{Hero} had a good friend named {friend}. Soon it was {friend.his} birthday.",
        "{Friend} was going to have a big party, and {hero} wanted to bring a gift.",
    ],
    [
        "But {hero} had no money to buy anything.",
        "{Hero} looked into {hero.his} box. There was only one coin in it.",
        "{Hero} did not know what to give {friend.him}.",
    ],
    [
        '"What can I do?" {hero.he} asked {adult}. "The best gifts come from the heart," {adult.he} said.',
        "{Hero} thought about it all night. Then {hero.he} had an idea.",
        '"You could make something," said {adult}.',
    ],
    {
        "card": [
            "So {hero} took paper and colors and made a big card with the sun, the sea and two friends on it.",
            "So {hero} made a {color} card and drew a picture of {friend} on it.",
        ],
        "cake": [
            "So {hero} took eggs, milk and honey and made a cake. It was not very straight, but it smelled so good.",
            "So {hero} and {adult} made a cake with berries on top.",
        ],
        "crown": [
            "So {hero} went to the {place} and picked flowers. {Hero.he} made a crown out of them.",
            "So {hero} made a {color} crown out of paper and put little stars on it.",
        ],
    },
    [
        "At the party, there were many big gifts. {Hero} felt shy and hid {hero.his} gift.",
        "At the party, everybody had something big and new. {Hero} wanted to go home again.",
        "When {hero} came to the party, {hero.he} was afraid that {friend} would not like it.",
    ],
    {
        "card": [
            'But {friend} saw the card and smiled. "This is the best gift of all!" {friend.he} said.',
            '{Friend} looked at the card for a long time. "You made it for me?" {friend.he} asked.',
        ],
        "cake": [
            'But {friend} took a bite and smiled. "This is the best cake of all!" {friend.he} said.',
            '{Friend} ate one piece, and then another one. "It is wonderful," {friend.he} said.',
        ],
        "crown": [
            'But {friend} put the crown on {friend.his} head. "Now I feel like a king!" {friend.he} said.',
            "{Friend} loved the crown and did not take it off all day.",
        ],
    },
    {
        "card": [
            "{Friend} put the card over {friend.his} bed.",
            "{Friend} showed the card to everybody.",
        ],
        "cake": [
            "Soon the cake was all gone.",
            "Everybody wanted a piece, and {hero} was very proud.",
        ],
        "crown": [
            "Then everybody wanted a crown, and {hero} showed them how to make one.",
            "They danced and sang until it was dark.",
        ],
    },
])

RAIN = ("together", [
    [
        "{Day}, {hero} wanted to play outside with {friend}. But it began to rain.",
        "{Hero} and {friend} wanted to go to the {place}. But dark clouds came, and it rained.",
        "{Day}, it rained and rained. {Hero} looked out of the window and was sad.",
    ],
    [
        '"Now we cannot play," said {hero}.',
        '"What a bad day," said {hero}.',
        '"I want the sun to come back," said {hero}.',
    ],
    [
        '"I have an idea," said {friend}.',
        "{Friend} thought for a moment. Then {friend.he} smiled.",
        "But {friend} was not sad at all.",
    ],
    {
        "puddle": [
            "They put on their boots and ran outside. They jumped from puddle to puddle. Splash, splash, splash!",
            '"Rain is fun, too!" said {friend}, and jumped right into a big puddle. {Hero} laughed and jumped after {friend.him}.',
        ],
        "tent": [
            "They took two chairs and a big blanket and made a tent. Inside, it was warm and dry.",
            "They made a tent out of a blanket. Then they played that they were far away, on a high mountain.",
        ],
        "boats": [
            "They made little boats out of paper and let them sail on the water in front of the house.",
            "They made boats out of old paper. The {color} boat was the fastest.",
        ],
    },
    {
        "puddle": [
            "Soon they were wet from head to toe, but they did not care.",
            "Their coats were brown with mud, and they laughed and laughed.",
        ],
        "tent": [
            "They told stories and ate cookies in the tent.",
            "The rain on the roof sounded like a drum.",
        ],
        "boats": [
            "The boats went down the street like little ducks.",
            'They ran along with the boats and called, "Faster, faster!"',
        ],
    },
    [
        "Then {adult} called them and gave them hot milk with honey.",
        "Later, {adult} came in with warm towels and hot soup.",
        "Then the rain stopped, and there was a rainbow over the {place}.",
    ],
    [
        '"Is the rain over?" asked {hero}. "I did not even see it!"',
        '"That was the best day ever," said {hero}.',
        '"I hope that it rains again tomorrow," said {hero}.',
    ],
])

PLOTS = [LOST_TOY, RESCUE, SHARE_FOOD, FEAR, BUILD, TRUTH, SEED, LOST_WAY, LEARN, GIFT, RAIN]
